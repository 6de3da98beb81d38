"""Disks that fail while a training is recorded: it does not notice, one warning says so, and nothing is lost."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import resource
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recorder import RunWriter
from recorder.runfile import disk, part_files, read_lines
from recorder.runfile.layout import batches, pending_parts

from ..conftest import Effort
from ..open_files import open_files
from ..recorder import disks
from .conftest import Figures
from .written_runs import arrays, assert_whole, keys_in_parts

ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EACCES, errno.EMFILE, errno.ESTALE)
FAULTY = ("write_whole", "append", "rename", "remove", "sync", "flush", "cut")
Fault = Callable[[Path], Any]  # a context within which the disk fails, of the folder of runs


@contextmanager
def failing(chance: random.Random, share: float, errors: tuple[int, ...] = ERRORS) -> Iterator[None]:
    """Within the block each operation fails with such a share; some are half done by then."""
    with pytest.MonkeyPatch.context() as patch:

        def may_fail(real: Callable[..., Any], half: Callable[..., Any] | None) -> Callable[..., Any]:
            def operation(*arguments: Any, **options: Any) -> Any:
                if chance.random() < share:
                    if half is not None and chance.random() < 0.5:
                        half(*arguments, **options)
                    error = chance.choice(errors)
                    raise OSError(error, os.strerror(error))
                return real(*arguments, **options)

            return operation

        halves = {"append": _half_a_line, "write_whole": disk.write_whole, "flush": None}
        for name in FAULTY:
            patch.setattr(disk, name, may_fail(getattr(disk, name), halves.get(name)))
        for name in ("write", "close"):
            patch.setattr(part_files.PartWriter, name, may_fail(getattr(part_files.PartWriter, name), None))
        yield


def _by_chance(chance: random.Random, share: float, _: Path) -> Any:
    return failing(chance, share)


def _half_a_line(path: Path, data: bytes, *, synced: bool = False) -> None:
    with path.open("ab") as file:
        file.write(data[: len(data) // 2])


@contextmanager
def out_of_files(_: Path) -> Iterator[None]:
    """The process may open no file more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def elsewhere(root: Path) -> Iterator[None]:
    """The folder of runs has another name."""
    root.rename(root.with_name("away"))
    try:
        yield
    finally:
        root.with_name("away").rename(root)


@contextmanager
def without_pending(root: Path) -> Iterator[None]:
    """A folder of the run is away."""
    (pending,) = root.glob("*/pending")
    pending.rename(root / "away")
    try:
        yield
    finally:
        (root / "away").rename(pending)


def injected(*errors: int) -> Fault:
    """Every operation fails so."""
    return lambda _: failing(random.Random(0), 1.0, errors)


FAULTS: dict[str, Fault] = {
    "full": lambda _: disks.full(),
    "no files": out_of_files,
    "renamed": elsewhere,
    "a folder away": without_pending,
    **{errno.errorcode[error]: injected(error) for error in ERRORS},
}


def train(fault: Fault, root: Path, *, first: int, last: int) -> RunWriter:
    """A loop of 60 epochs; while it is from `first` to `last` the disk fails."""
    run = RunWriter(root, name="fault")
    for epoch in range(first):
        record(run, epoch)
    with fault(root):
        for epoch in range(first, last):
            record(run, epoch)
    for epoch in range(last, 60):
        record(run, epoch)
    run.close()
    return run


def record(run: RunWriter, epoch: int) -> None:
    """One epoch."""
    given = arrays(epoch)
    run.epoch(epoch, logs={"loss": float(epoch)}, train=given, val=given, observed={"epoch": np.full(3, epoch)})


def assert_tidy(folder: Path, reason: str = "finished") -> None:
    """The run ended so, and nothing is pending, hidden, or missing for other programs."""
    assert read_lines(folder)[-1].reason == reason
    assert not pending_parts(folder)
    assert not batches(folder)
    assert not list(folder.rglob(".*"))
    lines = [(line.attempt, line.epoch) for line in read_lines(folder) if hasattr(line, "epoch")]
    assert len(set(lines)) == len(lines)
    for kind in ("tallies", "samples", "observed"):
        assert sorted(keys_in_parts(folder, kind)) == sorted(lines)


@pytest.fixture(autouse=True)
def small() -> Iterator[None]:
    """Merged parts have few epochs, in these tests alone."""
    with pytest.MonkeyPatch.context() as patch:
        from recorder.runfile import attempt_parts, merge
        from recorder.runfile import batches as batching

        for module in (merge, attempt_parts, batching):
            patch.setattr(module, "EPOCHS_IN_A_PART", 8)
        patch.setattr(batching, "SHARE", 4)
        yield


def said_of(caught: list[warnings.WarningMessage]) -> list[str]:
    """What the recorder warned of."""
    return [str(warning.message) for warning in caught if "epochreel" in str(warning.message)]


@pytest.mark.parametrize("folder", ["runs", "a\nb", "ü\tß 'x' \"y\""])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_passes_costs_one_warning(tmp_path: Path, fault: str, folder: str) -> None:
    """Of 60 epochs a disk fails for 25, in the middle of merges: one warning, and in the end everything is there."""
    if folder != "runs" and fault not in ("full", "renamed"):
        pytest.skip("one fault or two under odd names")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run = train(FAULTS[fault], tmp_path / folder, first=13, last=38)
    assert not open_files(tmp_path)
    assert len(said_of(caught)) == 1, said_of(caught)
    assert assert_whole(run.folder, range(60), all_whole=True) == 60
    assert_tidy(run.folder)


@pytest.mark.parametrize("resumed", [False, True])
@pytest.mark.parametrize("fault", [name for name in FAULTS if name not in ("renamed", "a folder away")])
def test_a_fault_at_the_start_costs_one_warning(tmp_path: Path, fault: str, resumed: bool) -> None:
    """A run that is begun, or gone on with, while the disk fails is made once it does not, with all its epochs."""
    first = 20 if resumed else 0
    with RunWriter(tmp_path / "warm") as run:  # Python imports some things when they are used first
        record(run, 0)
    if resumed:
        with RunWriter(tmp_path / "runs", name="fault") as run:
            for epoch in range(first):
                record(run, epoch)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with FAULTS[fault](tmp_path / "runs"):
            run = RunWriter(tmp_path / "runs", name="fault", resume="allow")
            for epoch in range(first, first + 20):
                record(run, epoch)
            assert run.folder is None
        record(run, first + 20)
        run.close()
    assert len(said_of(caught)) == 1, said_of(caught)
    assert list((tmp_path / "runs").iterdir()) == [run.folder], "one run, and nothing half made"
    assert assert_whole(run.folder, range(first + 21), all_whole=True) == first + 21
    assert_tidy(run.folder)


@pytest.mark.timeout(7_200)
def test_faults_by_chance_lose_nothing(memory: Path, effort: Effort, figures: Figures) -> None:
    """Any operation may fail, half done or not, of any number of them: one warning at most, everything there once."""
    runs, said = effort(3, 600), 0
    for seed in range(runs):
        chance = random.Random(seed)
        fault = partial(_by_chance, chance, chance.choice([0.01, 0.1, 0.5]))
        first = chance.randrange(1, 30)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            run = train(fault, memory / f"{seed}", first=first, last=chance.randrange(first, 60))
        assert len(said_of(caught)) <= 1
        said += len(said_of(caught))
        assert assert_whole(run.folder, range(60), all_whole=True) == 60, seed
        assert_tidy(run.folder)
        shutil.rmtree(run.folder)
    figures(runs=runs, with_a_warning=said, epochs=60 * runs, lost=0)


def test_a_fault_that_stays_is_summed_up(tmp_path: Path) -> None:
    """The folder of runs is gone for good, or the disk is full to the end: one warning, one sum, no error."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run = RunWriter(tmp_path / "runs")
        record(run, 0)
        shutil.rmtree(tmp_path / "runs")
        for epoch in range(1, 60):
            record(run, epoch)
        run.close()
    first, last = said_of(caught)
    assert first.startswith("epochreel cannot write")
    assert last == "epochreel could not record 59 epochs, from 1 to 59"


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[None]:
    """A disk of that size."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)]
    if sys.platform != "linux" or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs to be root, to mount a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_small_disk_that_is_full_and_grows(tmp_path: Path) -> None:
    """A real file system of 128 kB: full after some epochs, grown for the last ones, which bring all others along."""
    with mounted(tmp_path / "disk", "128k"), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run = RunWriter(tmp_path / "disk" / "runs", name="small")
        for epoch in range(59):
            record(run, epoch)
        assert len(said_of(caught)) == 1
        assert "No space left on device" in said_of(caught)[0]
        subprocess.run(["mount", "-o", "remount,size=64m", str(tmp_path / "disk")], check=True)
        record(run, 59)
        run.close()
        assert len(said_of(caught)) == 1
        assert assert_whole(run.folder, range(60), all_whole=True) == 60
        assert_tidy(run.folder)


MANY = """
import sys, warnings
import numpy as np
from recorder import RunWriter
sys.path.insert(0, sys.argv[3])
from tests.memory import peak
from tests.recorder import disks
chance, classes = np.random.default_rng(0), int(sys.argv[2])
truth, score = chance.integers(0, classes, 300), chance.dirichlet(np.ones(classes), 300)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    run = RunWriter(sys.argv[1], kind="multiclass")
    run.epoch(0, val=(truth, score))
    before = peak()
    with disks.full():
        for epoch in range(1, int(sys.argv[4])):
            run.epoch(epoch, val=(truth, score))
    print((peak() - before) // 2**20)
    run.close()
said = [str(one.message) for one in caught]
print(*[text for text in said if "could not" in text or "cannot" in text], sep="\\n")
"""


@pytest.mark.campaign
@pytest.mark.parametrize(("classes", "epochs"), [(1_000, 60), (100, 600)])
def test_what_waits_of_many_classes_is_bounded(tmp_path: Path, classes: int, epochs: int, figures: Figures) -> None:
    """A disk that is full for long costs 256 MiB and what one epoch takes to be written; one warning, one sum."""
    source = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", MANY, str(tmp_path), str(classes), source, str(epochs)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    grown, first, last = done.stdout.splitlines()
    assert int(grown) < 600
    assert "cannot write" in first
    assert "could not record" in last
    (folder,) = tmp_path.iterdir()
    assert read_lines(folder)[-1].reason == "incomplete"
    figures(classes=classes, epochs=epochs, megabytes=grown, said=last)


@pytest.mark.campaign
@pytest.mark.parametrize("fault", [None, "full", "no files", "renamed", "a folder away", "EIO"])
def test_weights_are_those_of_a_training_without_a_recorder(tmp_path: Path, fault: str | None) -> None:
    """Real Keras trainings whose disk fails end with the same weights, bit by bit, and everything is recorded."""
    import keras

    from recorder import RunRecorder

    from ..recorder.keras.trainings import TRAIN, VAL, ConfusionTally, model_with, records_of, totals

    held = contextlib.ExitStack()

    class Fails(
        keras.callbacks.Callback
    ):  # while the recorder writes: TensorFlow itself ends where it can open no file
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if fault and 3 <= epoch < 9:
                held.enter_context(FAULTS[fault](tmp_path / "runs"))

    class Passes(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            held.close()

    def trained(*callbacks: keras.callbacks.Callback) -> list[Any]:
        model = model_with([ConfusionTally()])
        model.fit(*TRAIN, validation_data=VAL, epochs=12, verbose=0, callbacks=callbacks)
        return model.get_weights()

    recorder = RunRecorder(tmp_path / "runs")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        weights = trained(Fails(), recorder, Passes())
    assert len(said_of(caught)) == (fault is not None), said_of(caught)
    for one, other in zip(weights, trained(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert [totals(record) for record in records_of(recorder)] == [{"train": 200, "val": 100}] * 12
    assert read_lines(recorder.folder)[-1].reason == "finished"
