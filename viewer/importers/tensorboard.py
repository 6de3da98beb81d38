"""TensorBoard's log folders to runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from recorder.runfile import EpochRecord, Output, Tally

from ..counts.pr_curves import grid, histogram_of, is_above
from .events import PR_CURVES, SCALARS, Value, need_tensorboard, values
from .imported import DECISION, Found, Imported, Progress, write
from .log_folders import SPLITS, LogFolder, log_folders

OF_AN_EPOCH = "epoch_"  # how Keras's callback begins the names of what belongs to an epoch
OWN_ENDING = "/pr_curves"  # what the plugin's own writers add to a name
PREFIXES = {"val": "val_", "test": "test_"}
STEPS = range(2**31)  # what can be an epoch
Curves = dict[tuple[str, int], Value]  # by split and step


def import_tensorboard(
    folder: str | Path, to: str | Path = "runs", *, progress: Progress | None = None
) -> list[Imported]:
    """A run for each of TensorBoard's at or below a folder, which is left as it is.

    Scalars become logs, and the steps at which they were written epochs; those of a `validation` folder get the prefix
    `val_`. Of what Keras's callback wrote only the values of epochs are taken: others count batches. Counts of the
    PR-curve plugin become counts at its thresholds, so that every formula can be had of them; where there are none, the
    four counts among the scalars, if they are there.

    Args:
        folder: with event files, at any level.
        to: folder of runs, made where it is missing.
        progress: is told the name of a run, and how many of how many of its epochs are written.

    Raises:
        FileNotFoundError: There are no event files.
        ValueError: A file is no event file.
        ModuleNotFoundError: The package tensorboard is not there.
    """
    need_tensorboard()
    found = map(_read, log_folders(Path(folder)))
    return [write(one, Path(to), progress) for one in found if one.attempts[0]]


def _read(folder: LogFolder) -> Found:
    every = [(split, value) for split, files in folder.files.items() for value in values(files) if value.step in STEPS]
    logs, left_out = _logs([(split, value) for split, value in every if value.plugin == SCALARS])
    curves = _by_name([(split, value) for split, value in every if value.plugin == PR_CURVES])
    outputs, tallies, weighted = _counted(curves)
    times = {value.step: value.time for _, value in sorted(every, key=lambda item: item[1].time)}
    records = [
        EpochRecord(epoch=step, logs=logs.get(step, {}), time=times[step], tallies=tuple(tallies.get(step, ())))
        for step in sorted({*logs, *tallies})
    ]
    return Found(
        name=folder.name,
        created=min(times.values(), default=0.0),
        attempts=[records],
        outputs=outputs,
        config={"imported": {"from": "tensorboard", "run": folder.name}},
        left_out=(*left_out, *weighted),
    )


def _logs(scalars: Iterable[tuple[str, Value]]) -> tuple[dict[int, dict[str, float]], list[str]]:
    """Logs by step; of Keras's callback those of epochs, and the names of the others."""
    scalars = list(scalars)
    keras = any(value.tag.startswith(OF_AN_EPOCH) for _, value in scalars)
    logs: dict[int, dict[str, float]] = defaultdict(dict)
    lost: dict[str, None] = {}
    for split, value in scalars:
        if keras and not value.tag.startswith(OF_AN_EPOCH):
            lost[value.tag] = None
        elif value.array.size == 1:
            name = PREFIXES.get(split, "") + (value.tag.removeprefix(OF_AN_EPOCH) if keras else value.tag)
            logs[value.step][name] = float(value.array.item())
    return logs, [f"scalars that belong to no epoch: {', '.join(lost)}"] if lost else []


def _by_name(curves: Iterable[tuple[str, Value]]) -> dict[str, Curves]:
    """Curves by their name, without a split that it begins with; the later one where a step has two."""
    found: dict[str, Curves] = defaultdict(dict)
    for split, value in curves:
        name = value.tag.removesuffix(OWN_ENDING)
        head, _, rest = name.partition("/")
        if not split and rest and head in SPLITS:
            found[rest][SPLITS[head], value.step] = value
        else:
            found[name][split or "val", value.step] = value
    return found


def _counted(named: Mapping[str, Curves]) -> tuple[list[Output], dict[int, list[Tally]], list[str]]:
    """A binary output for each name, tallies by step, and a sentence for each name whose curves are no counts."""
    outputs: list[Output] = []
    tallies: dict[int, list[Tally]] = defaultdict(list)
    faults = []
    for tag, curves in named.items():
        name = tag if len(named) > 1 else ""
        try:
            output, histograms = _histograms(name, curves)
        except ValueError as error:
            faults.append(f"PR curve {tag}: {error}")
            continue
        outputs.append(output)
        for (split, step), histogram in histograms.items():
            nan = np.zeros((1, 2), np.int64)
            tallies[step].append(Tally(split=split, output=name, histogram=histogram, nan=nan))
    return outputs, tallies, faults


def _histograms(name: str, curves: Curves) -> tuple[Output, dict[tuple[str, int], np.ndarray]]:
    arrays = [value.array for value in curves.values()]
    shapes = {array.shape for array in arrays}
    if len(shapes) > 1 or len(arrays[0]) != 6 or arrays[0].shape[1:] < (2,):
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
