"""Runs to TensorBoard's log folders."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Unpack

import numpy as np

from recorder.runfile import Output, four_counts, from_iso, kind_of, path_part

from ..counts.pr_curves import curve_of, even_thresholds
from ..formulas import FormulaError, Spec
from ..formulas.query import Query, Where, query_of
from ..formulas.spec import FormulasLike, distinct
from ..importers.events import need_tensorboard
from ..importers.tensorboard import OF_AN_EPOCH
from ..run import Run
from .event_file import EventFile, image, pr_curve, scalar

Images = Callable[[int], Mapping[str, bytes]]  # position in `epoch_numbers` -> PNG by name
FOLDERS = {"val": "validation"}
MOST_CLASSES = 16
STRETCH = 64  # epochs that are read at once


def export_tensorboard(
    run: Run,
    folder: str | Path,
    *,
    metrics: FormulasLike = (),
    images: Images | None = None,
    progress: Callable[[int, int], None] | None = None,
    **where: Unpack[Where],
) -> Path:
    """Writes logs and formulas of a run as scalars, PR curves and images into a new log folder of the run's name.

    Training and validation stand in `train` and `validation` with the names that Keras's callback gives; the step is
    the epoch. PR curves are those of up to 16 classes, at the evenly spaced thresholds that are recorded (129 of the
    default grid), and call positive what is above a threshold.

    Args:
        run: as `viewer.open_run` gives it.
        folder: of TensorBoard's logs, made where it is missing.
        metrics: formulas for each split, as further scalars; undefined values are left out.
        images: gives PNG files by name for the epoch at a position.
        progress: is told how many epochs of how many are written.
        where: of formulas that do not say otherwise: `threshold`, `average`, `output`, `prevalence`, `weights`. Without
            `output` all outputs are written, and their names begin the tags where there are several.

    Returns:
        The new folder.

    Raises:
        FileExistsError: There is such a folder already; nothing was touched.
        FormulaError: No split has what a formula needs.
        ModuleNotFoundError: The package tensorboard is not there.
    """
    need_tensorboard()
    target = Path(folder) / run.folder.absolute().name
    with _whole(target) as temporary, ExitStack() as files:
        export = _Export(run, temporary, metrics, where, files)
        total = len(run.epoch_numbers)
        for position in range(total):
            export.epoch(position, images(position) if images is not None else {})
            if progress is not None:
                progress(position + 1, total)
    return target


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A hidden folder that gets the name `target` once it is whole."""
    if target.exists():
        raise FileExistsError(f"a folder of TensorBoard's must be new. Received: {target}")
    temporary = target.with_name(f".{target.name}.tmp")
    temporary.mkdir(parents=True)
    try:
        yield temporary
        temporary.rename(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


class _Export:
    """The open event files of a run, and the columns that go into them."""

    def __init__(self, run: Run, folder: Path, metrics: FormulasLike, where: Where, files: ExitStack) -> None:
        self._run, self._folder, self._stack = run, folder, files
        self._created = from_iso(run.manifest.created)
        self._files: dict[str, EventFile] = {}
        chosen = where.get("output")
        self._outputs = run.outputs if chosen is None else [run.output(chosen)]
        self._scalars = {**_logs(run), **_formulas(run, metrics, where, self._outputs)}
        self._curves = {one.name: even_thresholds(one.thresholds) for one in self._outputs}
        self._histograms: dict[tuple[str, str], np.ndarray] = {}

    def epoch(self, position: int, images: Mapping[str, bytes]) -> None:
        step, time = int(self._run.epoch_numbers[position]), from_iso(self._run.line(position).time)
        for (split, tag), values in self._scalars.items():
            if not np.isnan(values[position]):
                self._file(split).add(scalar(tag, float(values[position])), step=step, time=time)
        for output in self._outputs:
            for split in self._run.splits(output.name):
                for tag, curve in self._curves_of(output, split, position):
                    self._file(split).add(pr_curve(tag, curve), step=step, time=time)
        for name, png in images.items():
            self._file("").add(image(name, png), step=step, time=time)

    def _file(self, split: str) -> EventFile:
        if split not in self._files:
            file = EventFile(self._folder / _folder_of(split), self._created)
            self._files[split] = self._stack.enter_context(file)
        return self._files[split]

    def _curves_of(self, output: Output, split: str, position: int) -> Iterator[tuple[str, np.ndarray]]:
        edges, names = self._curves[output.name], kind_of(output).scored(output.classes)
        if edges is None or len(names) > MOST_CLASSES:
            return
        histogram = self._histogram(output.name, split, position)
        if not histogram.any():
            return
        counts = [count[:, edges] for count in four_counts(histogram)]
        for number, label in enumerate(names):
            parts = [output.name, "pr_curve", label if len(output.classes) == len(names) else ""]
            tp, fp, tn, fn = (count[number] for count in counts)
            yield "/".join(filter(None, parts)), curve_of(tp, fp, tn, fn)

    def _histogram(self, output: str, split: str, position: int) -> np.ndarray:
        if position % STRETCH == 0:
            stretch = range(position, min(position + STRETCH, len(self._run.epoch_numbers)))
            self._histograms[split, output] = self._run.histograms(split, stretch, output=output)
        return self._histograms[split, output][position % STRETCH]


def _folder_of(split: str) -> str:
    """One part of a path for each split, whatever it is called; "" is the folder of the run itself."""
    if split in FOLDERS.values():
        return path_part(f"split {split}")
    return FOLDERS.get(split, path_part(split) if split else "")


def _logs(run: Run) -> dict[tuple[str, str], np.ndarray]:
    """Logs by split and tag: those of validation in its folder, all others in that of training."""
    return {
        ("val" if name.startswith("val_") else "train", OF_AN_EPOCH + name.removeprefix("val_")): values
        for name, values in run.logs.items()
    }


def _formulas(
    run: Run, metrics: FormulasLike, where: Where, outputs: Sequence[Output]
) -> dict[tuple[str, str], np.ndarray]:
    """Values by split and tag."""
    found: dict[tuple[str, str], np.ndarray] = {}
    for spec in distinct(metrics):
        faults: list[FormulaError] = []
        asked = _places(run, spec, where, outputs)
        for query, name in asked:
            try:
                found[query.split, "/".join(filter(None, (name, spec.label)))] = run.values(query)
            except FormulaError as error:
                faults.append(error)
        if len(faults) == len(asked) > 0:
            raise faults[0]
    return found


def _places(run: Run, spec: Spec, where: Where, outputs: Sequence[Output]) -> list[tuple[Query, str]]:
    """The questions that a formula is, of each output and split, and what begins their tag."""
    if not spec.formula.of_counts:
        return [(query_of(spec, "train", **where), "")]
    found = []
    for output in outputs:
        own: Where = {**where, "output": output.name}
        splits = [spec.split] if spec.split else run.splits(output.name)
        found += [(query_of(spec, split, **own), output.name if len(outputs) > 1 else "") for split in splits]
    return found
