"""Real trainings that record to a real server of S3, over links that are slow, cut or not there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("s3fs", reason="needs s3fs")
pytest.importorskip("moto", reason="needs s3fs")
pytest.importorskip("keras", reason="needs keras")

from recorder.runfile import LINES, read_lines
from tests.recorder.mirror import s3

pytestmark = [pytest.mark.campaign, pytest.mark.timeout(600)]
ROOT = Path(__file__).parents[2]
URL = "s3://bucket/runs"
Figures = Callable[..., None]


@pytest.fixture
def port() -> int:
    return s3.free_port()


@pytest.fixture
def bucket(port: int) -> Iterator[int]:
    """The port of a server that has a bucket."""
    with s3.server(port):
        s3.make_bucket(port)
        yield port


class Training:
    """One in a process of its own."""

    def __init__(self, port: int, room: Path, epochs: int, pause: float = 0.0, url: str = URL) -> None:
        self._said = (room / "said").open("w+b")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.campaigns.object_storage_training", url, str(epochs), str(pause)],
            cwd=ROOT, env=os.environ | s3.environment(port, room), stdout=subprocess.PIPE, stderr=self._said,
        )  # fmt: skip

    def __enter__(self) -> Training:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self._said.close()

    def until(self, start: str) -> str:
        """The rest of the first line that begins so."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.decode().startswith(start):
                return line.decode()[len(start) :].strip()
        raise AssertionError(f"the training ended before {start!r}: {self.said()}")

    def said(self) -> str:
        """What stands on standard error."""
        self._said.seek(0)
        return self._said.read().decode()


def epochreel(port: int, room: Path, *arguments: str, ok: int = 0) -> str:
    """What a command prints; with `ok` 2 what it says on standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "viewer", *arguments],
        cwd=ROOT, env=os.environ | s3.environment(port, room), capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == ok, (done.stdout, done.stderr)
    return done.stderr if ok else done.stdout


def equal(port: int, room: Path, folder: str) -> None:
    """What is read from the bucket is what stands here: lines and every formula at every epoch."""
    asked = ("-m", "mcc", "-m", "f1@0.3", "-m", "train:roc_auc", "-m", "loss", "--format", "csv")
    there = epochreel(port, room, "metrics", f"{URL}/{Path(folder).name}", *asked)
    assert there == epochreel(port, room, "metrics", folder, *asked)
    assert len(there.splitlines()) > 1
    copy = next((room / "cache").rglob(Path(folder).name)) / LINES
    assert copy.read_bytes() == (Path(folder) / LINES).read_bytes()
    assert "nothing is wrong" in epochreel(port, room, "doctor", f"{URL}/{Path(folder).name}")


def test_a_training_to_a_bucket(bucket: int, tmp_path: Path) -> None:
    """List, metrics, compare and doctor of the address say what they say of the folder; the keys are nowhere."""
    with Training(bucket, tmp_path, 30) as one:
        folder = one.until("folder ")
        said = one.said()
    assert f"and sends it to {URL}; watch it: epochreel watch {URL}" in said
    equal(bucket, tmp_path, folder)
    rows = [
        json.loads(epochreel(bucket, tmp_path, "list", where, "-m", "val:f1@0.3", "--format", "json"))[0]
        for where in (URL, str(Path(folder).parent))
    ]
    assert rows[0] == rows[1]
    for path in (path for room in ("spool", "cache") for path in (tmp_path / room).rglob("*") if path.is_file()):
        for secret in (s3.KEYS["AWS_ACCESS_KEY_ID"], s3.KEYS["AWS_SECRET_ACCESS_KEY"]):
            assert secret.encode() not in path.read_bytes(), path
            assert secret not in said


def test_the_server_dies_and_comes_back(port: int, tmp_path: Path, figures: Figures) -> None:
    """One that comes back without anything is given everything again; one warning at most, and the end says nothing."""
    with s3.server(port) as first:
        s3.make_bucket(port)
        with Training(port, tmp_path, 200, 0.2) as one:
            one.until("epoch 15")
            first.kill()
            first.wait()
            one.until("epoch 30")
            with s3.server(port):
                s3.make_bucket(port)
                folder = one.until("folder ")
                assert one.process.wait(60) == 0
                said = one.said()
                equal(port, tmp_path, folder)
    assert said.count("cannot send") <= 1  # none where one try, with the client's own, has lasted for so long
    assert "did not get to" not in said
    figures(warnings=said.count("Warning"))


def test_a_slow_link_that_is_cut(bucket: int, tmp_path: Path, figures: Figures) -> None:
    """50 ms for each 16 KiB, each connection cut after 40 KB: what the end has no time for, push sends."""
    with s3.Link(bucket, delay=0.05, most=40_000) as link, Training(link.port, tmp_path, 60, 0.1) as one:
        folder = one.until("folder ")
        assert one.process.wait(60) == 0
        cuts = link.cuts
    epochreel(bucket, tmp_path, "push", folder)
    equal(bucket, tmp_path, folder)
    assert cuts
    figures(cuts=cuts, in_time="did not get to" not in one_said(tmp_path))


def one_said(room: Path) -> str:
    return (room / "said").read_text()


def test_keys_that_are_wrong_and_a_bucket_that_is_not_there(port: int, tmp_path: Path) -> None:
    """One warning each, without a key, and a training that is whole here; readers and push are one sentence."""
    with s3.server(port, INITIAL_NO_AUTH_ACTION_COUNT="1"):
        s3.make_bucket(port)
        with Training(port, tmp_path, 3) as one:
            folder = one.until("folder ")
            said = one.said()
        assert said.count("cannot send") <= 1, said
        assert said.count("did not get to") == 1, said
        refused = epochreel(port, tmp_path, "push", folder, ok=2) + epochreel(port, tmp_path, "list", URL, ok=2)
        for secret in (s3.KEYS["AWS_ACCESS_KEY_ID"], s3.KEYS["AWS_SECRET_ACCESS_KEY"]):
            assert secret not in said + refused
        assert len(refused.splitlines()) == 2, refused
        assert len(epochreel(port, tmp_path, "metrics", folder, "-m", "mcc", "--format", "csv").splitlines()) == 4
    with s3.server(port):
        refused = epochreel(port, tmp_path, "push", folder, ok=2)
        assert "bucket does not exist" in refused
        s3.make_bucket(port)
        assert "objects sent" in epochreel(port, tmp_path, "push")
        equal(port, tmp_path, folder)
        assert epochreel(port, tmp_path, "push") == ""


@pytest.mark.parametrize("at", [1, 7, 33, 70])
def test_a_killed_training(bucket: int, tmp_path: Path, at: int) -> None:
    """SIGKILL at any epoch: what is there is a run without a fault, and push sends all that had returned."""
    with Training(bucket, tmp_path, 1_000, 0.02) as one:
        one.until(f"epoch {at}")
        os.kill(one.process.pid, signal.SIGKILL)
        one.process.wait()
    folder = next((tmp_path / "spool").glob("*/2*"))
    if epochreel(bucket, tmp_path, "list", URL, "--format", "csv").count("\n") > 1:  # a kill may come before anything
        assert "FAULT" not in epochreel_doctor(bucket, tmp_path)
    epochreel(bucket, tmp_path, "push")
    epochs = [line.epoch for line in read_lines(folder, faults=[]) if hasattr(line, "epoch")]
    assert epochs[: at + 1] == list(range(at + 1))
    asked = ("-m", "f1@0.3", "-m", "loss", "--format", "csv")
    there = epochreel(bucket, tmp_path, "metrics", URL, *asked)
    assert there == epochreel(bucket, tmp_path, "metrics", str(folder), *asked)


def epochreel_doctor(port: int, room: Path) -> str:
    """What doctor says, whether or not it finds a fault."""
    done = subprocess.run(
        [sys.executable, "-m", "viewer", "doctor", URL],
        cwd=ROOT, env=os.environ | s3.environment(port, room), capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    return done.stdout


def test_two_readers_while_it_grows(bucket: int, tmp_path: Path, figures: Figures) -> None:
    """Commands in two processes with one copy: each answer is a beginning of the whole, and of no epoch half."""
    asked = ("metrics", URL, "-m", "f1@0.3", "-m", "loss", "--format", "csv")
    with Training(bucket, tmp_path, 150, 0.1) as one:
        one.until("epoch 10")
        answers: list[str] = []
        while one.process.poll() is None and len(answers) < 40:
            readers = [
                subprocess.Popen(
                    [sys.executable, "-m", "viewer", *asked],
                    cwd=ROOT, env=os.environ | s3.environment(bucket, tmp_path), stdout=subprocess.PIPE, text=True,
                )
                for _ in range(2)
            ]  # fmt: skip
            answers += [reader.communicate(timeout=120)[0] for reader in readers]
        folder = one.until("folder ")
        one.process.wait(60)
    whole = epochreel(bucket, tmp_path, "metrics", folder, "-m", "f1@0.3", "-m", "loss", "--format", "csv").splitlines()
    for answer in answers:
        lines = answer.splitlines()
        assert lines == whole[: len(lines)]
    assert any(1 < len(answer.splitlines()) < len(whole) for answer in answers)
    figures(answers=len(answers), epochs=len(whole) - 1)
