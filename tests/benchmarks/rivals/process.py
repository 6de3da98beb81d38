"""A training as a process, with all that it starts: what it costs, seen from outside. Linux only."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER: who loses its parent becomes a child of this process, and is waited for
PATIENCE = 20.0  # seconds for what is still at work when the training has ended


class NotMeasuredError(Exception):
    """Why a training did not come to its end."""


@dataclass(frozen=True)
class Cost:
    """Of one training; seconds, but for the last three.

    Args:
        wall: of an epoch.
        processor: of an epoch, of all processes and of what they do after the last one.
        machine: the same of the whole machine, whatever else it does.
        hooks: inside the hooks of all callbacks, of an epoch.
        start: from the import of the way to the first epoch; TensorFlow is there already, the network is built.
        exit: from the end of the last epoch until the process is gone.
        memory: bytes, the peaks of all processes.
        bytes: written, of an epoch.
        left: processes that were still there after a while.
    """

    wall: float
    processor: float
    machine: float
    hooks: float
    start: float
    exit: float
    memory: float
    bytes: float
    left: int


def adopt_orphans() -> None:
    """From now on nothing that a training starts is lost."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)


def measured(workload: str, way: str, epochs: int) -> Cost:
    """What a training costs.

    Raises:
        NotMeasuredError: It failed; says why.
    """
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        return _Training(workload, way, epochs, folder).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Training:
    def __init__(self, workload: str, way: str, epochs: int, folder: Path) -> None:
        self._words = [workload, way, str(epochs), str(folder)]
        self._epochs, self._folder = epochs, folder
        self._told: dict[str, Any] = {}
        self._reaped = 0.0

    def run(self) -> Cost:
        here, there = socket.socketpair()
        with there, (self._folder / "errors.txt").open("w") as errors:
            command = [sys.executable, "-m", "tests.benchmarks.rivals.training", *self._words, str(there.fileno())]
            child = subprocess.Popen(
                command, pass_fds=[there.fileno()], env=_environment(self._folder), stdin=subprocess.DEVNULL,
                stdout=errors, stderr=errors,
            )  # fmt: skip
        with here, here.makefile("rw") as told:
            for line in told:
                self._take(json.loads(line))
                told.write("\n")
                told.flush()
        left = self._wait(child.pid)
        child.returncode = 0  # it has been waited for
        if "trained" not in self._told:
            raise NotMeasuredError(self._told.get("failed", {}).get("why") or _last_line(self._folder / "errors.txt"))
        return self._cost(left)

    def _take(self, message: dict[str, Any]) -> None:
        now = {"at": time.monotonic(), "processor": _processor(), "machine": _machine(), "memory": _peaks()}
        self._told[message.pop("what")] = now | message

    def _wait(self, training: int) -> int:
        """Until all are gone; how many were ended because they stayed."""
        until, left = 0.0, 0
        while True:
            try:
                found, _, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return left
            if found:
                self._reaped += usage.ru_utime + usage.ru_stime
                if found == training:
                    self._told["gone"] = {"at": time.monotonic()}
                    until = time.monotonic() + PATIENCE
            else:
                if until and time.monotonic() > until:
                    left += _ended()
                    until = time.monotonic() + PATIENCE
                time.sleep(0.002)

    def _cost(self, left: int) -> Cost:
        warm, trained, gone, counted = self._told["warm"], self._told["trained"], self._told["gone"], self._epochs - 1
        return Cost(
            wall=trained["wall"],
            processor=(self._reaped - warm["processor"]) / counted,
            machine=(_machine() - warm["machine"]) / counted,
            hooks=trained["hooks"],
            start=trained["start"],
            exit=gone["at"] - trained["at"],
            memory=trained["memory"],
            bytes=_written(self._folder) / self._epochs,
            left=left,
        )


def _environment(folder: Path) -> dict[str, str]:
    """Nothing goes to the network, and all that is written goes to the folder; matplotlib's fonts are known already."""
    import matplotlib

    offline = {"WANDB_MODE": "offline", "HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1", "WANDB_SILENT": "true"}
    places = {"HOME": str(folder), "TRACKIO_DIR": str(folder / "trackio"), "TMPDIR": str(folder)}
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "MPLCONFIGDIR": matplotlib.get_configdir(), "PYTHONHASHSEED": "0"}
    return os.environ | offline | places | quiet


def _all_started() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def _processor() -> float:
    """Seconds of all that was started and is alive, and of those that they waited for."""
    total = 0.0
    for process in _all_started():
        with suppress(psutil.NoSuchProcess):
            total += sum(process.cpu_times()[:4])
    return total


def _machine() -> float:
    busy = psutil.cpu_times()
    return sum(busy) - busy.idle - busy.iowait - busy.guest - busy.guest_nice


def _peaks() -> int:
    """Bytes: the sum of the peaks of all processes."""
    total = 0
    for process in _all_started():
        with suppress(OSError, StopIteration):
            lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
            total += int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024
    return total


def _ended() -> int:
    """Ends what was started and is still there; how many."""
    found = _all_started()
    for process in found:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
    return len(found)


def _written(folder: Path) -> int:
    ours = {"errors.txt", "said.txt", "keras.json"}  # Keras leaves its settings in any home
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.name not in ours)


def _last_line(path: Path) -> str:
    lines = path.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it ended without a word"
