"""SIGKILL at random moments and at system calls of real processes that record, while others read."""

from __future__ import annotations

import multiprocessing
import os
import random
import re
import select
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from recorder.runfile import EpochLine, read_lines, read_records
from viewer.run import Run

from ..conftest import Effort
from .conftest import Figures
from .system_calls import calls_in, needs_strace, traced
from .written_runs import SAMPLES, assert_goes_on, assert_whole, keys_in_parts, small_parts, write, write_command

KILLS_OF_A_RUN = 8


def recording(root: Path, first: int, pipe: Any) -> None:
    """In a process of its own: goes on with the run until it is killed."""
    os.dup2(pipe.fileno(), 1)
    small_parts(8)
    write(root, first, first + 100_000, "process")


class Readers:
    """A viewer that follows a run, and another program that reads its merged parts."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.run = folder, Run(folder)
        self._known: set[tuple[int, int]] = set()

    def look(self, said: int) -> None:
        """Every epoch that was said is there for the viewer; rows neither vanish nor stand twice for the other."""
        self.run.refresh()
        assert self.run.epochs["loss"].to_dict().items() >= {epoch: float(epoch) for epoch in range(said + 1)}.items()
        assert (self.run.metric("tp + fp + tn + fn")[: said + 1] == SAMPLES).all()
        for kind in ("tallies", "samples"):
            keys = keys_in_parts(self.folder, kind)
            assert len(set(keys)) == len(keys)
        assert set(keys) >= self._known
        self._known = set(keys)


@pytest.mark.timeout(7_200)
def test_a_kill_at_any_moment_loses_nothing(memory: Path, effort: Effort, figures: Figures) -> None:
    """Processes that record are killed over and over and the next goes on: every epoch that returned is there whole."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.campaigns.written_runs", "tests.campaigns.test_kills"])
    chance, kills, total = random.Random(0), effort(4, 1_000), 0
    for start in range(0, kills, KILLS_OF_A_RUN):
        root, said, readers = memory / f"runs-{start}", -1, None
        for _ in range(min(KILLS_OF_A_RUN, kills - start)):
            get, put = processes.Pipe(duplex=False)
            process = processes.Process(target=recording, args=(root, said + 1, put))
            process.start()
            put.close()  # the child alone has it: when it ends, however that is, reading ends
            wanted, text = said + chance.randrange(1, 25), b""
            while said < wanted and (more := os.read(get.fileno(), 4096)):
                text += more
                said = _last(text, said)
                if readers is None and list(root.glob("*/run.json")):
                    readers = Readers(next(root.iterdir()))
                if readers is not None and chance.random() < 0.1:
                    readers.look(said)
            select.select([get], [], [], chance.uniform(0, 0.01))
            process.kill()
            while more := os.read(get.fileno(), 4096):
                text += more
            process.join()
            get.close()
            said = _last(text, said)
            assert readers is not None
            assert assert_whole(readers.folder, range(said + 1), all_whole=True) in (said + 1, said + 2)
            readers.look(said)
            said = int(max(readers.run.epochs.index))
        assert len(list(root.iterdir())) == 1
        assert_goes_on(readers.folder, range(said + 1), all_whole=True)
        total += said + 1
    figures(kills=kills, epochs=total, lost=0)


@needs_strace
@pytest.mark.timeout(7_200)
def test_a_kill_at_a_system_call_loses_nothing(memory: Path, effort: Effort, figures: Figures) -> None:
    """The process is killed as it makes its n-th call of a kind, in a start or in a resume; the next one goes on."""
    chance, kills, log = random.Random(0), effort(1, 200), memory / "log"
    assert traced(write_command(memory / "counted", 0, 20, "power"), log) == 0
    counts, moments = Counter[tuple[str, str]](), set[tuple[str, int]]()  # strace counts for each thread
    for call in calls_in(log):
        counts[call.thread, call.name] += 1
        if "mkdir" in (name for _, name in counts) and call.name not in ("close", "lseek", "begin_fsync"):
            moments.add((call.name, counts[call.thread, call.name]))
    killed = 0
    for number in range(kills):
        root, said = memory / f"runs-{number}", memory / f"said-{number}"
        done = -1
        for _ in range(2):
            name, when = chance.choice(sorted(moments))
            command = ["sh", "-c", 'exec "$0" "$@" >> ' + str(said), *write_command(root, done + 1, done + 21, "power")]
            ended = traced(command, log, calls=name, inject=f"{name}:signal=KILL:when={when}")
            killed += ended != 0
            assert ended in (0, -9, 137)
            done = _last(said.read_bytes(), -1)
            folders = [folder for folder in root.glob("*") if (folder / "run.json").exists()]
            if done >= 0:
                (folder,) = folders
                assert_whole(folder, range(done + 1), all_whole=True)
        if done >= 0:
            assert_goes_on(folder, range(done + 1), all_whole=True)
    assert killed >= kills, "where a thread makes the call, or it comes no more, the process ends by itself"
    figures(kills=killed, lost=0)


TRAIN = """
import sys
import keras, numpy as np
from recorder import ConfusionTally, RunRecorder

x = np.random.default_rng(0).normal(size=(96, 4)).astype(np.float32)
y = (x[:, 0] > 0.5).astype(np.float32)
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=[ConfusionTally()])
recorder = RunRecorder(sys.argv[1] + "/runs", name="killed", resume="allow")
done = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print("said", epoch, flush=True))
backup = keras.callbacks.BackupAndRestore(sys.argv[1] + "/backup")
model.fit(x, y, validation_data=(x[:40], y[:40]), epochs=100_000, verbose=0, callbacks=[recorder, done, backup])
"""


@pytest.mark.campaign
@pytest.mark.timeout(7200)
def test_a_training_goes_on_where_its_backup_is(tmp_path: Path, effort: Effort, figures: Figures) -> None:
    """Keras's `BackupAndRestore` and `resume="allow"`: killed over and over, one run, every epoch that returned."""
    chance, kills, said = random.Random(0), effort(3, 60), []
    for attempt in range(kills):
        command = [sys.executable, "-c", TRAIN, str(tmp_path)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        stop, before = chance.randrange(1, 40), len(said)
        for line in process.stdout:
            if found := re.fullmatch(r"said (\d+)\n", line):
                said.append((attempt, int(found[1])))
            if len(said) - before == stop:
                select.select([process.stdout], [], [], chance.uniform(0, 0.02))
                process.kill()
        process.wait()
        (folder,) = (tmp_path / "runs").iterdir()
        lines = [(line.attempt, line.epoch) for line in read_lines(folder) if isinstance(line, EpochLine)]
        assert len(set(lines)) == len(lines)
        assert set(lines) >= set(said)
        assert len(lines) - len(said) <= attempt + 1, "the epoch that was being said, for each kill"
        records = read_records(folder)
        assert [record.epoch for record in records] == list(range(len(records)))
        for record in records:
            assert {tally.split: int(tally.histogram.sum()) for tally in record.tallies} == {"train": 96, "val": 40}
            assert record.samples[0].sample.tolist() == list(range(40))
    assert all(epoch >= 1 for attempt, epoch in said if attempt), "each start but the first goes on"
    figures(kills=kills, epochs=len(said), lost=0)


def _last(text: bytes, before: int) -> int:
    found = re.findall(rb"said (\d+)\n", text)
    return int(found[-1]) if found else before
