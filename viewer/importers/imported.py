"""Writing what another program recorded as a run of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import rmtree
from typing import Any

from recorder.runfile import BeginLine, EpochRecord, Manifest, Output, RunFileWriter, Unit, shown, tallies_in_logs
from recorder.runfile.codec import iso_time
from recorder.runfile.layout import new_run_id

Progress = Callable[[str, int, int], None]  # name of the run, epochs done, epochs in all
LATEST = 2.0**37  # seconds: after the year 6000
DECISION = 0.5  # of Keras's count metrics, unless told otherwise: no log says so


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of something that another program recorded.

    Args:
        name: of it.
        folder: of the run that was written; None where there was no epoch to write.
        epochs: how many the run has.
        left_out: a sentence for whatever could not be taken over.
        remarks: a sentence for whatever was taken over, and looks wrong.
    """

    name: str
    folder: Path | None
    epochs: int
    left_out: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What another program recorded.

    Args:
        name: of the run.
        created: seconds since 1970 of its start.
        attempts: epochs in order, for each start of the run.
        outputs: what was counted; the four counts among the logs, if empty.
        config: where it comes from; no absolute path.
        unit: what the records count in `epoch`.
        group: of the run.
        reason: why it ended.
        left_out: as in `Imported`.
        remarks: the same.
    """

    name: str
    created: float
    attempts: Sequence[Sequence[EpochRecord]]
    outputs: Sequence[Output] = ()
    config: Mapping[str, Any]
    unit: Unit = "epoch"
    group: str = ""
    reason: str = "finished"
    left_out: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def write(found: Found, root: Path, progress: Progress | None = None) -> Imported:
    """A new run in `root`, none where there is no epoch, or it fails; what is there already is not touched.

    Raises:
        OSError: The folder cannot be made or written.
    """
    attempts = [records for records in found.attempts if records]
    if not attempts:
        return Imported(found.name, None, 0, found.left_out, found.remarks)
    attempts = attempts if found.outputs else [list(map(_with_counts, records)) for records in attempts]
    outputs = list(found.outputs) or _outputs_of(attempts)
    writer = _create(found, outputs, root)
    try:
        done = _fill(writer, found, attempts, progress)
    except BaseException:  # an interrupt too: half of a run would look like one that was interrupted
        rmtree(writer.folder, ignore_errors=True)
        raise
    return Imported(found.name, writer.folder, done, found.left_out, found.remarks)


def _fill(
    writer: RunFileWriter, found: Found, attempts: Sequence[Sequence[EpochRecord]], progress: Progress | None
) -> int:
    """Writes all points and the end; how many points there are."""
    total, done = sum(map(len, attempts)), 0
    for number, records in enumerate(attempts):
        if number:
            writer.close("resumed")
            writer = RunFileWriter.resume(writer.folder, BeginLine(attempt=0, time=iso_time(records[0].time)))
        for record in records:
            writer.append(record)
            done += 1
            if progress is not None:
                progress(found.name, done, total)
    writer.close(found.reason)
    return done


def write_each(read: Callable[[], Iterable[Found]], root: Path, progress: Progress | None = None) -> list[Imported]:
    """A new run of each; what cannot be read is an error before the first is written, for which all is read twice."""
    for _ in read():
        pass
    return [write(found, root, progress) for found in read()]


@contextmanager
def named_in_errors(path: Path) -> Iterator[None]:
    """Whatever is wrong with a file is said with its name before it."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{shown(path.name)}: {error}") from error


def itself(path: Path) -> Path:
    """The file that a path leads to, links followed; of none the error has the path as it was given."""
    path.stat()
    return path.resolve()


def calendar_time(seconds: Any) -> float:
    """Seconds since 1970 that a calendar has; 0 of anything else."""
    return float(seconds) if isinstance(seconds, int | float) and 0 <= seconds < LATEST else 0.0


def numbered(name: str, number: int) -> str:
    """The name of a training, by its number from 0: NAME, NAME-2, NAME-3, ..."""
    return name if number == 0 else f"{name}-{number + 1}"


def _create(found: Found, outputs: list[Output], root: Path) -> RunFileWriter:
    created = iso_time(found.created)
    manifest = Manifest(
        run_id="",
        name=found.name,
        group=found.group,
        created=created,
        config=dict(found.config),
        unit=found.unit,
        outputs=outputs,
    )
    while True:
        manifest.run_id = new_run_id(found.name, found.created)
        try:
            return RunFileWriter.create(root, manifest, BeginLine(attempt=0, time=created))
        except FileExistsError:
            if not root.is_dir():
                raise


def _with_counts(record: EpochRecord) -> EpochRecord:
    return replace(record, tallies=tallies_in_logs(record.logs))


def _outputs_of(attempts: Sequence[Sequence[EpochRecord]]) -> list[Output]:
    counted = any(record.tallies for records in attempts for record in records)
    return [Output(thresholds=[DECISION], decision_threshold=DECISION, source="keras_counts")] if counted else []
