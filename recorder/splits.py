"""What a point of a training is given of its splits, as arrays or counted already, becomes what is recorded of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeGuard

import msgspec
import numpy as np

from . import counting, outputs
from .countable import Countable, SplitCounts
from .group_counts import at_recorded, group_counts
from .json_values import plain_text
from .runfile import Output
from .runfile.records import Array
from .sample_groups import Grouping

NO_SPLITS = {  # what scikit-learn takes by name, and stands elsewhere here
    "sample_weight": "weights stand behind the scores of their split, val=(y_true, y_score, sample_weight)",
    "pos_label": "class 1 is the positive one; of string labels it is the second of class_names",
}
WITHOUT_GROUPS = (
    "the counts of {} have no groups, as arrays and Counts(groups=...) have for group_thresholds. Its bands go by the "
    "groups of the samples that are kept (max_samples)."
)
DECISION = 0.5  # where nobody asks for another threshold
_Arrays = tuple[Any, Array, Any]  # labels, scores, weights or None


class Splits:
    """Counts the splits of one run, which are all of one output.

    Args:
        asked: what the user said of the output, by the names of `outputs.output_for`.
        max_samples: predictions to keep of each split at most.
        grouping: of the samples of a split, by its name.
        group_thresholds: at which the counts of each group are kept too; None where they are not.

    Attributes:
        output: what is recorded; None before the first counts.
    """

    def __init__(
        self,
        asked: Mapping[str, Any],
        max_samples: int,
        *,
        grouping: Mapping[str, Grouping] | None = None,
        group_thresholds: Sequence[float] | None = None,
    ) -> None:
        self._asked, self._max_samples = dict(asked), max_samples
        self._grouping, self._group_thresholds = grouping or {}, group_thresholds
        self.output: Output | None = None
        self._taken: dict[str, tuple[int, int]] = {}

    def not_reset(self, given: Mapping[str, Any]) -> list[str]:
        """The splits whose counts were taken before, and have not been reset since; to be asked once a point."""
        taken = {split: (id(value), value.resets) for split, value in given.items() if _is_counted(value)}
        again = [split for split, mark in taken.items() if self._taken.get(split) == mark]
        self._taken |= taken
        return again

    def without_groups(self, found: Sequence[SplitCounts]) -> list[tuple[str, str]]:
        """What is said, and under which key, of splits whose groups were to be counted, and were not by who counted."""
        asked = () if self._group_thresholds is None else self._grouping
        splits = [one.tally.split for one in found if one.tally.split in asked and one.tally.group_counts is None]
        return [(f"groups of {split}", WITHOUT_GROUPS.format(split)) for split in splits]

    def read(self, given: Mapping[str, Any]) -> tuple[Output | None, list[SplitCounts]]:
        """The output, None without splits, and what is recorded of splits by name: arrays, or something `Countable`.

        Raises:
            ValueError: They break a rule, or are not of this output.
        """
        counted = {split: self._counted(split, value) for split, value in given.items() if _is_counted(value)}
        arrays = {split: _arrays(split, value) for split, value in given.items() if split not in counted}
        output, told = self.output, True
        for split, one in counted.items():
            with _named(split):
                output = self._agreed(output, one.output)
        for split, (y_true, y_score, _) in arrays.items():
            with _named(split):
                if output is None:
                    output = outputs.output_for(y_score, y_true=y_true, source="arrays", **self._asked)
                    told = self._asked["kind"] is not None or outputs.told_kind(y_true, y_score)[1]
                outputs.check_width(self._asked["kind"], np.shape(y_score))
                outputs.check_same(output, np.shape(y_score))
        if output is None:
            return None, []
        weighted = [one.output.weighted for one in counted.values()] + [one[2] is not None for one in arrays.values()]
        output = msgspec.structs.replace(output, weighted=output.weighted or any(weighted))
        if self._group_thresholds is not None:
            output.group_thresholds = at_recorded(self._group_thresholds, output)
        for one in counted.values():
            self._take_groups(output, one.output)
        found = []
        for split in given:
            with _named(split):
                found.append(counted.get(split) or self._count(split, arrays[split], output, told))
        return output, [replace(one, output=output) for one in found]

    def take_part(self, given: Mapping[str, Any]) -> None:
        """What a process does that writes nothing: tallies that sum over all processes need each of them."""
        for split, value in given.items():
            if _is_counted(value):
                self._counted(split, value)

    def _room(self, split: str) -> int:
        """Of training no samples are kept."""
        return 0 if split == "train" else self._max_samples

    def _counted(self, split: str, given: Countable) -> SplitCounts:
        with _named(split):
            _check_name(split)
            return given.counted(split, max_samples=self._room(split))

    def _count(self, split: str, arrays: _Arrays, output: Output, told: bool) -> SplitCounts:
        y_true, y_score, weight = arrays
        what: dict[str, Any] = {"output": output, "names": self._asked["class_names"]}
        room = {"split": split, "sample_weight": weight}
        tally = counting.tally_arrays(y_true, y_score, **room, **what)
        met = replace(counting.met_in(y_true, y_score, **what), uncertain=not told)
        most = self._room(split)
        samples = counting.samples_of(y_true, y_score, max_samples=most, **room, **what) if most else None
        if self._group_thresholds is not None and split in self._grouping:
            tally = replace(tally, group_counts=group_counts(y_true, y_score, self._grouping[split], **what))
        return SplitCounts(output=output, tally=tally, met=met, samples=samples)

    def _take_groups(self, output: Output, other: Output) -> None:
        """The thresholds at which counts have groups are those of the run, from its first point on.

        Raises:
            ValueError: The run has others.
        """
        if other.group_thresholds is None:
            return
        if output.group_thresholds is None and self.output is None:
            output.group_thresholds = other.group_thresholds
        elif output.group_thresholds != other.group_thresholds:
            raise ValueError(
                f"group_thresholds of counts must be those of the run from its first point on, "
                f"{output.group_thresholds}. Received: {other.group_thresholds}"
            )

    def _agreed(self, output: Output | None, other: Output) -> Output:
        """The output of the run, which counts that are made elsewhere must be of.

        Raises:
            ValueError: They are not.
        """
        names = self._asked["class_names"]
        if names is not None and len(names) == len(other.classes):
            other = msgspec.structs.replace(other, classes=list(names))
        wanted = self._asked_of(other) if output is None else output
        for name in ("kind", "classes", "ignore_label", "decision_threshold", "thresholds"):
            here, there = getattr(wanted, name), getattr(other, name)
            if here != there:
                raise ValueError(f"counts must be of the output of the run, whose {_differing(name, here, there)}")
        return wanted

    def _asked_of(self, other: Output) -> Output:
        """The output of counts, but for what the user has asked of the run."""
        asked = {name: self._asked[name] for name in ("kind", "ignore_label") if self._asked[name] is not None}
        thresholds, decision = self._asked["thresholds"], self._asked["decision_threshold"]
        if decision != DECISION:
            asked["decision_threshold"] = float(np.float32(decision))
        if thresholds is not None:
            asked["thresholds"] = counting.threshold_grid(thresholds, decision).astype(float).tolist()
        return msgspec.structs.replace(other, **asked)


def _differing(name: str, here: Any, there: Any) -> str:
    if name == "thresholds":
        here, there = (f"{len(each)} of them, {each[:3]} and so on" for each in (here, there))
    return f"{name} is {here!r:.200}. Received: {there!r:.200}"


def _is_counted(value: Any) -> TypeGuard[Countable]:
    """Whether it was counted already; whoever looks for methods at arrays, four times an epoch, looks long."""
    return not isinstance(value, tuple) and isinstance(value, Countable)


def _check_name(split: str) -> None:
    if split in NO_SPLITS:
        raise ValueError(f"{split} must not be the name of a split: {NO_SPLITS[split]}. Received: {split}=")
    plain_text("the name of a split", split)


def _arrays(split: str, arrays: Any) -> _Arrays:
    _check_name(split)
    if not isinstance(arrays, tuple) or len(arrays) not in (2, 3):
        rule = "must be (y_true, y_score) or (y_true, y_score, sample_weight), or counts of it, a Counts or a tally"
        raise ValueError(f"{split} {rule} (of JAX `tally.to_counts(state)`). Received: {arrays!r:.200}")
    y_true, y_score, weight = (*arrays, None)[:3]
    with _named(split):
        return y_true, outputs.scores_array(y_score), weight


@contextmanager
def _named(split: str) -> Iterator[None]:
    """Errors say of which split they are."""
    try:
        yield
    except ValueError as error:
        error.add_note(f"This is about the split {split!r}; nothing of the epoch was written.")
        raise
