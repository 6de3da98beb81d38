"""A run that is recorded here and sent elsewhere."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import threading
import warnings
from pathlib import Path
from typing import Any

import pytest

import viewer
from recorder import RunWriter, open_writer
from recorder.mirror import beside, pushing
from recorder.mirror.address import RemoteError, without_secrets
from recorder.mirror.place import Place
from recorder.mirror.pushing import RunPusher
from recorder.mirror.segments import Segment, chain, segments_among
from recorder.mirror.spool import address_of, is_up
from recorder.runfile import LINES, read_lines
from recorder.runfile.layout import KINDS, part_at
from tests.apart import apart
from tests.commands import invoke
from tests.recorder.mirror.storages import StubbornFileSystem, append, record, threads_end


def objects(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_run_stands_in_storage_as_it_stands_here(tmp_path: Path, spool: Path) -> None:
    """When `close` has returned: the lines byte for byte in one object, every other file as it is, and nothing else."""
    folder = record(f"file://{tmp_path}/remote", 100)
    assert folder.is_relative_to(spool)
    there, here = objects(tmp_path / "remote" / folder.name), objects(folder)
    lines = here.pop(LINES)
    assert there.pop(f"lines/{0:012d}-{len(lines):012d}.jsonl") == lines
    assert there == here
    run, local = viewer.open_run(f"file://{tmp_path}/remote/{folder.name}"), viewer.open_run(folder)
    for formula in ("mcc", "f1@0.3", "train:roc_auc", "loss"):
        assert run.metric(formula).equals(local.metric(formula))
    assert run.samples().equals(local.samples())
    assert not run.faults


def test_nothing_is_promised_before_it_is_there(spool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After each object that is written, and each that goes: a part has every epoch of the lines there are."""
    StubbornFileSystem.begin()
    pieces = set[Segment]()

    def look() -> None:
        names = StubbornFileSystem.names()
        parts = [part for name in names if (part := part_at(Path(), name)) is not None]
        for piece in chain(segments_among(names)):
            assert "run.json" in names
            pieces.add(piece)
            (spool / LINES).write_bytes(StubbornFileSystem.store[names[piece.name]].getvalue())
            for line in read_lines(spool):
                for kind in getattr(line, "rows", {}):
                    assert any(
                        (part.kind, part.attempt) == (kind, line.attempt) and part.first <= line.epoch <= part.last
                        for part in parts
                    ), (kind, line.epoch)

    class Watched(Place):
        def _written(self, name: str, write: Any) -> None:
            super()._written(name, write)
            look()

        def remove(self, names: Any) -> None:
            super().remove(names)
            look()

        def within(self, name: str) -> Place:
            place = super().within(name)
            place.__class__ = Watched
            return place

    with RunWriter(spool / "runs") as run:
        assert run.folder is not None
        pusher = RunPusher(run.folder, Watched("stubborn://bucket/runs"))
        for start in range(0, 150, 5):
            append(run, range(start, start + 5))
            pusher.push()
    pusher.push(ended=True)
    assert len(pieces) > 30


def test_few_objects_at_any_time(spool: Path) -> None:
    """However often a run is sent: pieces of lines in the logarithm of their number, waiting parts of 64 epochs."""
    StubbornFileSystem.begin()
    with RunWriter(spool / "runs", max_samples=0) as run:
        assert run.folder is not None
        pusher = RunPusher(run.folder, Place("stubborn://bucket/runs"))
        for epoch in range(200):
            append(run, [epoch])
            pusher.push()
            names = StubbornFileSystem.names()
            assert 0 < len(segments_among(names)) <= 24
            assert sum(name.startswith(("pending", "batches")) for name in names) <= 128  # a merge may be late
    pusher.push(ended=True)
    assert len(StubbornFileSystem.store) == 2 + sum(len(list((run.folder / kind).glob("*"))) for kind in KINDS)


def test_a_training_waits_for_no_storage(spool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Storage that never answers: epochs return, the end waits its time and says what to do, and a push sends all."""
    StubbornFileSystem.begin()
    StubbornFileSystem.answers.clear()
    monkeypatch.setattr(beside, "GRACE", 0.05)
    try:
        with pytest.warns(
            RuntimeWarning, match="^epochreel: 22 lines and 2 files of .+ did not get to stubborn:.+ push "
        ):
            folder = record("stubborn://bucket/runs", 20)
        assert not StubbornFileSystem.store
    finally:
        StubbornFileSystem.answers.set()
    pusher = RunPusher(folder, Place("stubborn://bucket/runs"))
    pusher.push(ended=True)
    assert pusher.left() == (0, 0)


def test_a_lost_connection_is_one_warning_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Storage that refuses for a while gets everything once it takes something; one warning, without the key."""
    StubbornFileSystem.begin()
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the-secret-key")
    monkeypatch.setattr(beside, "GRACE", 60.0)
    StubbornFileSystem.fault = ConnectionError("no way with the-secret-key at https://host/x?sig=abc")
    with warnings.catch_warnings(record=True) as met:
        warnings.simplefilter("always")
        warned = threading.Event()
        monkeypatch.setattr(beside, "warn", lambda text: (warnings.warn(text, stacklevel=2), warned.set()))
        with RunWriter("stubborn://bucket/runs") as run:
            epochs = itertools.count()
            while not warned.is_set():
                append(run, [next(epochs)])
            StubbornFileSystem.fault = None
            append(run, [next(epochs)])
    met = [one for one in met if "epochreel" in str(one.message)]
    assert len(met) == 1, "; ".join(str(one.message)[:160] + str(one.message)[-300:] for one in met)
    assert "the-secret-key" not in str(met[0].message)
    assert "sig" not in str(met[0].message)
    assert run.folder is not None
    there = set(StubbornFileSystem.names())
    assert there == {name if name != LINES else segments_among(there)[0].name for name in objects(run.folder)}


def test_the_end_sends_again_what_has_gone(spool: Path) -> None:
    """Storage that has lost what it had, without a failure: at the end all is there."""
    StubbornFileSystem.begin()
    with RunWriter(spool / "runs") as run:
        assert run.folder is not None
        pusher = RunPusher(run.folder, Place("stubborn://bucket/runs"))
        append(run, range(10))
        pusher.push()
        StubbornFileSystem.store.clear()
        append(run, range(10, 20))
        pusher.push()
    pusher.push(ended=True)
    assert viewer.open_run("stubborn://bucket/runs").samples().equals(viewer.open_run(run.folder).samples())


def test_the_next_training_sends_what_the_last_one_could_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that was not up is, when another one of the same address has ended."""
    StubbornFileSystem.begin()
    StubbornFileSystem.answers.clear()
    monkeypatch.setattr(beside, "GRACE", 0.0)
    with pytest.warns(RuntimeWarning, match="push"):
        first = record("stubborn://bucket/runs", 3)
    StubbornFileSystem.answers.set()
    monkeypatch.setattr(beside, "GRACE", 60.0)
    with RunWriter("stubborn://bucket/runs") as run:
        append(run, [0])
        sent = RunPusher(first, Place("stubborn://bucket/runs"))
        while sent.left() != (0, 0):
            sent = RunPusher(first, Place("stubborn://bucket/runs"))
            sent._known()


def test_another_run_of_that_name_is_not_overwritten(tmp_path: Path) -> None:
    """Where lines there are not those of here nothing is sent, and the error says so."""
    folder = record(tmp_path / "runs", 3)
    place = Place(f"file://{tmp_path}/remote")
    RunPusher(folder, place).push()
    before = objects(tmp_path / "remote")
    (folder / LINES).write_bytes((folder / LINES).read_bytes()[:-40] + b"\n")
    with pytest.raises(RemoteError, match="must hold the run that is sent there"):
        RunPusher(folder, place).push()
    assert objects(tmp_path / "remote") == before


def test_merged_meanwhile_is_looked_for_again(spool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pending part that goes between the look and the sending is sent merged."""
    StubbornFileSystem.begin()
    with RunWriter(spool / "runs") as run:
        assert run.folder is not None
        append(run, range(5))
        pusher, real = RunPusher(run.folder, Place("stubborn://bucket/runs")), pushing.write_joined

        def merged_first(*given: Any) -> Any:
            monkeypatch.setattr(pushing, "write_joined", real)
            run.close()
            return real(*given)

        monkeypatch.setattr(pushing, "write_joined", merged_first)
        pusher.push()
    assert pusher.left()[1] == 0


@pytest.mark.parametrize("address", ["stubborn://bucket/runs", "file://{}"])
def test_merged_while_it_is_sent_is_looked_for_again(address: str, spool: Path, tmp_path: Path) -> None:
    """A pending part that goes when its sending has begun is sent merged; that is no fault of the storage."""
    StubbornFileSystem.begin()
    with RunWriter(spool / "runs") as run:
        assert run.folder is not None
        append(run, range(1))
        pusher = RunPusher(run.folder, Place(address.format(tmp_path / "there")))
        storage: Any = pusher.place._fs
        real, sent = storage.put_file, list[str]()

        def merged_first(path: str, target: str) -> None:
            sent.append(path)
            if "pending" in path:
                run.close()
            real(path, target)

        storage.put_file = merged_first
        pusher.push()
    assert any("pending" in path for path in sent)
    assert pusher.left() == (0, 0)


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment calls a secret, passwords and signatures in addresses are left out of messages."""
    monkeypatch.setenv("AWS_SESSION_TOKEN", "abcdef123")
    assert without_secrets("a abcdef123 https://h/p?X-Sig=1 ftp://u:p@h") == "a … https://h/p?… ftp://…@h"


def test_a_run_that_goes_on_and_what_is_added_later_go_there_too(tmp_path: Path) -> None:
    """A resume continues what is there, and an addition to it is read from there once it is pushed."""
    StubbornFileSystem.begin()
    first = record("stubborn://bucket/runs", 5, name="one")
    second = record("stubborn://bucket/runs", 8, name="one", resume="must")
    assert first == second
    with open_writer(first) as later:
        later.add(epoch=7, test=([0, 1, 1], [0.2, 0.7, 0.4]))
    assert not is_up(first)
    RunPusher(first, Place("stubborn://bucket/runs")).push(ended=True)
    run, here = viewer.open_run("stubborn://bucket/runs/one"), viewer.open_run(first)
    assert run.metric("test:f1@0.3").equals(here.metric("test:f1@0.3"))
    assert run.metric("f1@0.3").equals(here.metric("f1@0.3"))
    assert run.metric("test:f1@0.3").notna().sum() == 1
    assert not run.faults


def test_a_note_elsewhere_sends_nothing_to_anybody(tmp_path: Path) -> None:
    """A folder that came from somebody, and says where its runs go, is a folder like any other."""
    StubbornFileSystem.begin()
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "mirror.json").write_text('{"url": "stubborn://theirs/runs"}')
    assert address_of(tmp_path / "theirs") is None
    record(tmp_path / "theirs", 3)
    assert not StubbornFileSystem.store


def test_push_sends_what_it_is_told_or_what_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a run: all of the spool that is not up, then nothing; a run of a folder wants to be told where to."""
    StubbornFileSystem.begin()
    StubbornFileSystem.answers.clear()
    monkeypatch.setattr(beside, "GRACE", 0.0)
    with pytest.warns(RuntimeWarning, match="push"):
        run = record("stubborn://bucket/runs", 3)
    StubbornFileSystem.answers.set()
    threads_end()
    StubbornFileSystem.store.clear()
    (run.parent / ".up" / run.name).unlink(missing_ok=True)
    said = invoke(["push"])
    assert said.stdout.startswith(f"stubborn://bucket/runs/{run.name}: 4 objects sent, ")
    assert invoke(["push"]).stdout == ""
    local = record(tmp_path / "runs", 2)
    refused = invoke(["push", str(local)]).exception
    assert str(refused) == f"a run that was recorded to a folder needs --to s3://bucket/runs. Received: {local}"
    assert "4 objects" in invoke(["push", str(local.parent), "--to", "stubborn://x/y"]).stdout


def test_who_waits_long_for_a_push_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, while storage takes the call and is silent; the run is there in the end."""
    StubbornFileSystem.begin()
    StubbornFileSystem.answers.clear()
    run, told = record(tmp_path, 2), []

    def tell(message: Warning | str, *_: Any, **__: Any) -> None:
        if "is still being sent" in str(message):  # and not what a thread of another test may have to say
            told.append(str(message))
            StubbornFileSystem.answers.set()

    monkeypatch.setattr("viewer.reading.slow.SLOW", 0.01)
    monkeypatch.setattr("warnings.showwarning", tell)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert "4 objects sent" in invoke(["push", run, "--to", "stubborn://x/y"]).stdout
    assert told == [f"stubborn://x/y/{run.name} is still being sent; what is there by now is not sent again"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_sends_nothing_and_waits_for_nobody(tmp_path: Path, spool: Path) -> None:
    """It has no thread that sends: closing there ends at once and says nothing, and the parent's run goes on."""
    apart(sent_in_a_fork, tmp_path)


def sent_in_a_fork(root: str) -> None:
    """Records, forks, and goes on."""
    run = RunWriter(f"file://{root}/remote", name="forked")
    run.epoch(0, val=([0, 1], [0.2, 0.8]))
    forks = multiprocessing.get_context("fork")
    queue = forks.SimpleQueue()

    def child() -> None:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            run.close()
        queue.put([str(one.message) for one in said if "did not get to" in str(one.message)])

    process = forks.Process(target=child)
    process.start()
    process.join()
    assert queue.get() == []
    run.epoch(1, val=([0, 1], [0.2, 0.8]))
    run.close()
    assert viewer.open_run(f"file://{root}/remote/{run.folder.name}").epoch_numbers.tolist() == [0, 1]
