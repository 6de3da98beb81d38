"""TensorBoard's log folders to runs."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from recorder.runfile import EpochRecord, Output, Tally

from ..counts.pr_curves import grid, histogram_of, is_above
from .events import PR_CURVES, SCALARS, EventFiles, Value, need_tensorboard, not_taken
from .imported import DECISION, Found, Imported, Progress, numbered, write
from .log_folders import SPLITS, LogFolder, log_folders

OF_AN_EPOCH = "epoch_"  # how Keras's callback begins the names of what belongs to an epoch
OWN_ENDING = "/pr_curves"  # what the plugin's own writers add to a name
PREFIXES = {"val": "val_", "test": "test_"}
STEPS = range(2**31)  # what can be an epoch
SplitValue = tuple[str, Value]
Attempt = Sequence[SplitValue]  # in the order in which they were written
Curves = dict[tuple[int, str, int], Value]  # by attempt, split and step


def import_tensorboard(
    folder: str | Path, to: str | Path = "runs", *, progress: Progress | None = None
) -> list[Imported]:
    """A run for each training in TensorBoard's folders at or below a folder, which is left as it is.

    Scalars become logs, and the steps at which they were written epochs; those of a `validation` folder get the prefix
    `val_`. Of what Keras's callback wrote only the values of epochs are taken: others count batches. Counts of the
    PR-curve plugin become counts at its thresholds, so that every formula can be had of them; where there are none, the
    four counts among the scalars, if they are there.

    Where a later file of a folder starts again from the first step, another run starts; where it goes back to a step in
    between, another attempt of the same run, as with a training that was resumed. A file that is damaged is read up to
    the damage.

    Args:
        folder: with event files, at any level.
        to: folder of runs, made where it is missing.
        progress: is told the name of a run, and how many of how many of its epochs are written.

    Returns:
        One for each training, and one without a run for each folder in which there was nothing to take.

    Raises:
        FileNotFoundError: There are no event files.
        ModuleNotFoundError: The package tensorboard is not there.
    """
    need_tensorboard()
    found = (one for folder in log_folders(Path(folder)) for one in _read(folder))
    return [write(one, Path(to), progress) for one in found]


def _read(folder: LogFolder) -> list[Found]:
    files = {split: EventFiles(paths) for split, paths in folder.files.items()}
    values, outside = _in_order(files)
    trainings = _trainings(values) or [[[]]]
    found = [_found(folder.name, number, attempts) for number, attempts in enumerate(trainings)]
    left_out = (*not_taken(files.values()), *outside)
    return [replace(found[0], left_out=(*found[0].left_out, *left_out)), *found[1:]]


def _in_order(files: Mapping[str, EventFiles]) -> tuple[list[SplitValue], list[str]]:
    """What can be of an epoch, with its split, by the time of writing; and sentences on what cannot."""
    of_files: dict[tuple[str, int], list[SplitValue]] = defaultdict(list)
    for split, one in files.items():
        for value in one.values():
            of_files[split, value.file].append((split, value))
    keras = any(_is_of_keras(value) for values in of_files.values() for _, value in values)
    batches, outside = dict[str, None](), dict[str, None]()
    for key, values in of_files.items():
        kept = []
        for split, value in values:
            if keras and value.plugin == SCALARS and not _is_of_keras(value):
                batches[value.tag] = None
            elif value.step not in STEPS:
                outside[value.tag] = None
            else:
                kept.append((split, value))
        of_files[key] = kept
    said = [f"scalars that belong to no epoch: {', '.join(batches)}"] if batches else []
    said += [f"steps outside of 0 to {STEPS[-1]}: {', '.join(outside)}"] if outside else []
    return list(heapq.merge(*of_files.values(), key=lambda item: item[1].time)), said


def _is_of_keras(value: Value) -> bool:
    """Whether it is of an epoch, as Keras's callback writes it."""
    return value.plugin == SCALARS and value.tag.startswith(OF_AN_EPOCH)


def _trainings(values: Iterable[SplitValue]) -> list[list[Attempt]]:
    """The values of each training, by attempt.

    A later file that has a tag again from its first step on is of another training; one that goes back to a later
    step, of another attempt. Within one file the steps of a tag may do what they like: some count batches.
    """
    trainings: list[list[list[SplitValue]]] = []
    first: dict[tuple[str, str], int] = {}  # step of each split and tag, in this training
    last: dict[tuple[str, str], Value] = {}  # in this attempt
    for split, value in values:
        key = split, value.tag
        before = last.get(key)
        back = before is not None and value.file != before.file and value.step <= before.step
        if not trainings or (back and value.step <= first[key]):
            trainings.append([[]])
            first, last = {}, {}
        elif back:
            trainings[-1].append([])
            last = {}
        first.setdefault(key, value.step)
        last[key] = value
        trainings[-1][-1].append((split, value))
    return [list(attempts) for attempts in trainings]


def _found(name: str, number: int, attempts: Sequence[Attempt]) -> Found:
    times = [value.time for values in attempts for _, value in values]
    outputs, tallies, faults = _counted(_by_name(attempts))
    return Found(
        name=numbered(name, number),
        created=min(times, default=0.0),
        attempts=[_records(values, tallies[at]) for at, values in enumerate(attempts)],
        outputs=outputs,
        config={"imported": {"from": "tensorboard", "run": name}},
        left_out=tuple(faults + _again(attempts)),
    )


def _records(values: Attempt, tallies: Mapping[int, Sequence[Tally]]) -> list[EpochRecord]:
    """What each epoch of an attempt has, the later value where one was written twice."""
    keras = any(_is_of_keras(value) for _, value in values)
    logs: dict[int, dict[str, float]] = defaultdict(dict)
    times: dict[int, float] = {}
    for split, value in values:
        times[value.step] = value.time
        if value.plugin == SCALARS and value.array.size == 1:
            name = PREFIXES.get(split, "") + (value.tag.removeprefix(OF_AN_EPOCH) if keras else value.tag)
            logs[value.step][name] = float(value.array.item())
    return [
        EpochRecord(epoch=step, logs=logs.get(step, {}), time=times[step], tallies=tuple(tallies.get(step, ())))
        for step in sorted({*logs, *tallies})
    ]


def _again(attempts: Sequence[Attempt]) -> list[str]:
    """A sentence on the tags of which one attempt has a step more than once."""
    again = dict[str, None]()
    for values in attempts:
        seen = set[tuple[str, str, int]]()
        for split, value in values:
            key = split, value.tag, value.step
            if key in seen:
                again[value.tag] = None
            seen.add(key)
    return [f"earlier values of steps that were written more than once: {', '.join(again)}"] if again else []


def _by_name(attempts: Sequence[Attempt]) -> dict[str, Curves]:
    """Curves by their name, without a split that it begins with; the later one where a step has two."""
    found: dict[str, Curves] = defaultdict(dict)
    for at, values in enumerate(attempts):
        for split, value in values:
            if value.plugin != PR_CURVES:
                continue
            name = value.tag.removesuffix(OWN_ENDING)
            head, _, rest = name.partition("/")
            if not split and rest and head in SPLITS:
                found[rest][at, SPLITS[head], value.step] = value
            else:
                found[name][at, split or "val", value.step] = value
    return found


def _counted(named: Mapping[str, Curves]) -> tuple[list[Output], dict[int, dict[int, list[Tally]]], list[str]]:
    """A binary output for each name, tallies by attempt and step, and a sentence for each name that has no counts."""
    outputs: list[Output] = []
    tallies: dict[int, dict[int, list[Tally]]] = defaultdict(lambda: defaultdict(list))
    faults = []
    for tag, curves in named.items():
        name = tag if len(named) > 1 else ""
        try:
            output, histograms = _histograms(name, curves)
        except ValueError as error:
            faults.append(f"PR curve {tag}: {error}")
            continue
        outputs.append(output)
        for (at, split, step), histogram in histograms.items():
            nan = np.zeros((1, 2), np.int64)
            tallies[at][step].append(Tally(split=split, output=name, histogram=histogram, nan=nan))
    return outputs, tallies, faults


def _histograms(name: str, curves: Curves) -> tuple[Output, dict[tuple[int, str, int], np.ndarray]]:
    arrays = [value.array for value in curves.values()]
    shapes = {array.shape for array in arrays}
    shape = arrays[0].shape
    if len(shapes) > 1 or len(shape) != 2 or shape[0] != 6 or shape[1] < 2:
        raise ValueError(
            f"a PR curve must have 6 rows and the same thresholds in all steps. Received: {sorted(shapes)}"
        )
    above = is_above(arrays, next(iter(curves.values())).description)
    thresholds = grid(arrays[0].shape[1], above=above).astype(float).tolist()
    output = Output(
        name=name,
        thresholds=thresholds,
        decision_threshold=min(thresholds, key=lambda threshold: abs(threshold - DECISION)),
        source="keras_counts",  # float32: exact up to 2^24
    )
    return output, {key: histogram_of(value.array, above=above) for key, value in curves.items()}
