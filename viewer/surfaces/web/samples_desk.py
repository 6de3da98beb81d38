"""Where the samples of runs are read: a thread beside the loop, with runs of its own, so that no tab waits for it."""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from recorder.runfile.names import shown, shown_lines

from ...drawing.captions import SPLITS
from ...gallery.cards import ASK_OF, TITLES, Gallery, place_of
from ...gallery.show_process import Asked
from ...points import named, parse_point
from ...run import Run, open_run, usual_split
from ...run.sample_history import SampleHistory, SamplesSoFar
from ...run.sample_pairs import SamplePair, paired

FEWEST_RUNS, MOST_RUNS = 2, 50  # remembered
MOST_PREDICTIONS = 20_000_000  # remembered, of more than two runs; ten million take 0.6 GB


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the samples of a run, or of two.

    Args:
        paths: of the run, and of another one that it is held against.
        which: the list, one of `TITLES`.
        split: whose samples; "" for validation where there is any.
        output: of the model; "" for the first one.
        label: only samples of this true class, by number; None for all.
        epoch: as things stood then, by its number in the unit of the run; None for the newest.
        at: the same as `step:1200`; "" for `epoch`.
        sample: one that is looked at, by position and number of its label; None for none.
        first: card.
        last: card, not included.
    """

    paths: tuple[Path, ...]
    which: str = "hardest"
    split: str = ""
    output: str = ""
    label: int | None = None
    epoch: int | None = None
    at: str = ""
    sample: tuple[int, int] | None = None
    first: int = 0
    last: int = 0


class SamplesDesk:
    """Answers questions one after the other, in a thread of its own."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "epochreel-samples")
        self._runs: OrderedDict[Path, Run] = OrderedDict()
        self._histories: dict[tuple[Path, str, str], SampleHistory] = {}
        self._kept: tuple[Any, Gallery] | None = None  # the last one, and what it is of

    def ask(self, question: Question) -> Future[dict[str, Any]]:
        """The words of the page; `fault` among them where there is nothing to show."""
        return self._pool.submit(self._answer, question)

    def asked(self, path: Path, split: str, sample: int) -> Future[Asked]:
        """What the user's file is asked of a sample."""
        return self._pool.submit(self._asked, path, split, sample)

    def close(self) -> None:
        """Answers nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _asked(self, path: Path, split: str, sample: int) -> Asked:
        name = self._run(path).called(np.array([sample]), split)[0]
        self._forget()
        return Asked(sample=sample, split=split, id=name if isinstance(name, str) else int(name))

    def _answer(self, question: Question) -> dict[str, Any]:
        try:
            for path in question.paths:
                self._run(path).refresh()
            words = self._words(question)
            self._forget()
            return words
        except (ValueError, OSError) as error:
            return {"fault": shown_lines(str(error))}

    def _words(self, question: Question) -> dict[str, Any]:
        run = self._run(question.paths[0])
        asked = parse_point(question.at)
        epoch = question.epoch if asked is None else int(run.epoch_numbers[run.timeline.nearest(asked)])
        stated = run.output(question.output or None)
        splits = [split for split in run.splits(stated.name) if split != "train"] or run.splits(stated.name)
        split = question.split or usual_split(splits)
        found = self._gallery(question, stated.name, split, epoch)
        places = found.places(question.which, question.label)
        chosen = None if question.sample is None else place_of(found.found, *question.sample)
        states = [found.found, *([] if found.pair is None else [found.pair.b])]
        cards = found.cards(places[question.first : question.last])
        each = f" with {found.labels:,} labels each" if found.labels else ""
        return {
            "fault": "",
            "title": shown(run.name),
            "facts": [{"run": shown(one.run.name), "at": named(one.run.unit, one.epoch)} for one in states],
            "about": f"{found.recorded:,} {SPLITS.get(split, shown(split))} samples{each} were recorded",
            "lists": [
                {"name": which, "title": TITLES[which], "words": ASK_OF[which], "count": len(found.places(which))}
                for which in found.lists
            ],
            "which": question.which,
            "classes": [shown(name) for name in stated.classes],
            "label": question.label,
            "splits": [{"name": one, "words": SPLITS.get(one, shown(one))} for one in splits],
            "split": split,
            "outputs": [[output.name, shown(output.name)] for output in run.outputs],
            "output": stated.name,
            "epoch": epoch,
            "unit": run.unit,
            "epochs": [int(run.epoch_numbers[0]), int(run.epoch_numbers[-1])],
            "count": len(places),
            "first": question.first,
            "cards": msgspec.to_builtins(cards),
            "chosen": None if chosen is None else msgspec.to_builtins(found.cards([chosen])[0]),
        }

    def _gallery(self, question: Question, output: str, split: str, epoch: int | None) -> Gallery:
        """The same as of the last question where nothing has changed."""
        states = [self._state(path, split, output, epoch) for path in question.paths]
        key = (question.paths, output, split, epoch, *(len(one.tracks.epochs) for one in states))
        key = (*key, *(id(one.tracks.confidence.base) for one in states))
        if self._kept is None or self._kept[0] != key:
            pair: SamplePair | None = paired(*states) if len(states) == 2 else None
            self._kept = key, Gallery(found=states[0], pair=pair)
        return self._kept[1]

    def _state(self, path: Path, split: str, output: str, epoch: int | None) -> SamplesSoFar:
        run, key = self._run(path), (path, split, output)
        run.check_split(split, output)
        if key not in self._histories:
            self._histories[key] = SampleHistory(run, split, output)
        found = self._histories[key].at(epoch)
        if found is None:
            raise ValueError(f"{run.name}: no samples of {split} were recorded (max_samples, or a probe, records them)")
        return found

    def _run(self, path: Path) -> Run:
        if path not in self._runs:
            self._runs[path] = open_run(path)
        self._runs.move_to_end(path)
        return self._runs[path]

    @property
    def _predictions(self) -> int:
        return sum(history.predictions for history in self._histories.values())

    def _forget(self) -> None:
        """Of many predictions those of the runs that were not asked for longest."""
        while len(self._runs) > FEWEST_RUNS and (self._predictions > MOST_PREDICTIONS or len(self._runs) > MOST_RUNS):
            gone, _ = self._runs.popitem(last=False)
            self._histories = {key: history for key, history in self._histories.items() if key[0] != gone}
