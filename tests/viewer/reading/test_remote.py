"""Runs in object storage, read from a copy that is kept in step."""

from __future__ import annotations

import random
import shutil
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.commands import invoke

pytest.importorskip("fsspec", reason="needs fsspec")

import viewer
from recorder import RunWriter
from recorder.mirror.address import RemoteError
from recorder.mirror.place import Place
from recorder.mirror.pushing import RunPusher
from tests.recorder.mirror.storages import StubbornFileSystem, append, record, threads_end
from viewer.cli.watch import _announce
from viewer.dashboard.following import Follow
from viewer.frame import Knobs
from viewer.importers import import_csv
from viewer.listing import list_runs
from viewer.listing.folder_rows import why_none
from viewer.reading import remote, remote_run
from viewer.reading.remote import RemoteRuns
from viewer.run import Run, kept_in_step, local_folder, shown_folder


@pytest.fixture(autouse=True)
def rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A spool, a cache and a storage of this test's own; no thread outlives it."""
    monkeypatch.setenv("EPOCHREEL_SPOOL", str(tmp_path / "spool"))
    monkeypatch.setenv("EPOCHREEL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(remote, "_known", {})
    StubbornFileSystem.begin()
    yield
    threads_end()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"file://{tmp_path}/remote"


def fetched(tmp_path: Path) -> list[str]:
    """The parts in the copy."""
    return sorted(f"{path.parent.name}/{path.name}" for path in (tmp_path / "cache").rglob("*.parquet"))


def test_parts_come_when_somebody_wants_what_they_hold(tmp_path: Path, url: str) -> None:
    """Lists and logs fetch none, a formula at another threshold tallies, samples of one epoch the part that has it."""
    record(url, 150)
    run = viewer.open_run(url)
    assert list(list_runs(url, ["mcc", "loss"])["mcc"].notna()) == [True]
    assert run.metric("loss").notna().all()
    assert fetched(tmp_path) == []
    assert run.metric("f1@0.3").notna().all()
    assert {name.partition("/")[0] for name in fetched(tmp_path)} == {"tallies"}
    assert len(run.samples(epoch=149))
    assert [name for name in fetched(tmp_path) if name.startswith("samples")] == ["samples/000106-000149-a0.parquet"]
    assert not run.faults


@pytest.mark.campaign
def test_two_readers_follow_a_run_as_it_grows(tmp_path: Path) -> None:
    """Both with the same copy, each with looks of its own: after each look they have what was sent, to the last bit."""
    with RunWriter(tmp_path / "runs") as writer:
        assert writer.folder is not None
        pusher = RunPusher(writer.folder, Place("stubborn://bucket/runs"))
        pusher.push()
        first = viewer.open_run("stubborn://bucket/runs")
        other = RemoteRuns("stubborn://bucket/runs")
        other.sync()
        second = Run(first.folder)
        for start in range(0, 160, 8):
            append(writer, range(start, start + 8))
            pusher.push()
            local = Run(writer.folder)
            for run, looks in ((first, remote._known["stubborn://bucket/runs"]), (second, other)):
                looks.sync()
                run.refresh()
                assert run.metric("loss").equals(local.metric("loss"))
                assert run.metric("f1@0.3").equals(local.metric("f1@0.3"))
                assert not run.faults
    pusher.push(ended=True)
    other.sync()
    second.refresh()
    assert second.status == "finished"
    assert second.samples().equals(Run(writer.folder).samples())


def test_parts_that_are_merged_between_the_look_and_the_fetching(tmp_path: Path) -> None:
    """What waited has gone, and stands in a merged part: it is looked for again, and nothing is missing."""
    with RunWriter(tmp_path / "runs") as writer:
        assert writer.folder is not None
        pusher = RunPusher(writer.folder, Place("stubborn://bucket/runs"))
        append(writer, range(10))
        pusher.push()
        run = viewer.open_run("stubborn://bucket/runs")
    pusher.push(ended=True)
    assert run.metric("f1@0.3").equals(Run(writer.folder).metric("f1@0.3"))
    assert not run.faults


def test_what_is_half_there_comes_late(tmp_path: Path, url: str) -> None:
    """Half a piece of lines is no line, half a part is named as missing; whole, both are read."""
    folder = record(url, 5)
    there = tmp_path / "remote" / folder.name
    lines, part = next((there / "lines").iterdir()), next((there / "tallies").iterdir())
    whole = lines.read_bytes(), part.read_bytes()
    lines.write_bytes(whole[0][:900])
    run = viewer.open_run(url)
    assert len(run.epoch_numbers) == 0
    lines.write_bytes(whole[0])
    part.write_bytes(whole[1][:900])
    local_folder(url)
    run.refresh()
    assert run.metric("f1@0.3").isna().all()
    assert "tallies" in " ".join(run.faults)
    part.write_bytes(whole[1])
    local_folder(url)
    run.refresh()
    assert run.metric("f1@0.3").equals(viewer.open_run(folder).metric("f1@0.3"))
    assert not run.faults


def test_what_has_vanished_is_said_or_gone(tmp_path: Path, url: str) -> None:
    """A part that is not there is named where it is missing; a run that is not there is in no list."""
    kept, gone = record(url, 3), record(url, 3)
    (tmp_path / "remote" / kept.name / "tallies" / "000000-000002-a0.parquet").unlink()
    assert len(viewer.open_runs(url)) == 2
    run = viewer.open_run(f"{url}/{kept.name}")
    assert run.metric("f1@0.3").isna().all()
    assert run.faults == ["epochs 0 to 2: the tallies that the lines name are not there yet"]
    shutil.rmtree(tmp_path / "remote" / gone.name)
    assert [one.folder.name for one in viewer.open_runs(url)] == [kept.name]


def test_without_the_storage_what_was_fetched_is_shown(url: str) -> None:
    """A warning says so; of what was never fetched, parts say it, and a place without a copy is an error."""
    record("stubborn://bucket/runs", 3)
    assert viewer.open_run("stubborn://bucket/runs").metric("loss").notna().all()
    remote._known.clear()
    listing = StubbornFileSystem.find

    def down(*_: Any, **__: Any) -> Any:
        raise ConnectionError("no route to host")

    StubbornFileSystem.find = down  # type: ignore[method-assign]
    try:
        with pytest.warns(RuntimeWarning, match="no route to host. What is shown was fetched earlier"):
            run = viewer.open_run("stubborn://bucket/runs")
        assert run.metric("loss").notna().all()
        with pytest.raises(RemoteError, match="cannot be listed: no route to host"):
            viewer.open_runs("stubborn://other/runs")
    finally:
        StubbornFileSystem.find = listing  # type: ignore[method-assign]


def test_a_bucket_may_hold_anything(tmp_path: Path) -> None:
    """Names that lead out, that no run has, or with too many bytes, are passed over; nothing is written elsewhere."""
    folder = record("stubborn://bucket/runs", 3)
    store, at = Place("stubborn://bucket/runs"), folder.name
    for name in ("../../../evil", "tallies/../../evil", "epochs.jsonl/x", ".fetched.json", "tallies/.hidden", "x\ny"):
        store.put(f"{at}/{name}", b"evil")
    for name in ("../../up/run.json", "..\\up/run.json", "deep/er/than/that/run.json", f"{at}/run/run.json"):
        store.put(name, b"{}")
    before = {path for path in tmp_path.rglob("*") if not path.is_relative_to(tmp_path / "cache")}
    with pytest.warns(RuntimeWarning, match="is left out"):
        runs = viewer.open_runs("stubborn://bucket/runs")
    assert [run.folder.name for run in runs] == [at]
    assert runs[0].metric("f1@0.3").notna().all()
    assert {path for path in tmp_path.rglob("*") if not path.is_relative_to(tmp_path / "cache")} == before
    assert not [path for path in (tmp_path / "cache").rglob("*") if "evil" in path.name]


def test_a_run_that_was_copied_as_it_is(tmp_path: Path, url: str) -> None:
    """With its `epochs.jsonl`, by any tool: it is read, and read on when it is copied again."""
    with RunWriter(tmp_path / "runs") as writer:
        assert writer.folder is not None
        append(writer, range(3))
        there = tmp_path / "remote" / writer.folder.name
        shutil.copytree(writer.folder, there)
        run = viewer.open_run(url)
        assert list(run.epoch_numbers) == [0, 1, 2]
        append(writer, range(3, 6))
        shutil.copytree(writer.folder, there, dirs_exist_ok=True)
        local_folder(url)
        run.refresh()
        assert run.metric("f1@0.3").equals(Run(writer.folder).metric("f1@0.3"))


def test_a_name_behind_an_address(url: str) -> None:
    """A run's name, a part of it or `latest` in the place of its folder; what fits none says so with the address."""
    first = record(url, 1, name="baseline")
    record(url, 1, name="wide")
    assert viewer.open_run(f"{url}/base").folder.name == first.name
    assert viewer.open_run(f"{url}/latest").name == "wide"
    assert viewer.open_run(f"{url}/{first.name}").name == "baseline"
    with pytest.raises(FileNotFoundError, match=r"Received: file:///.+/nobody"):
        viewer.open_run(f"{url}/nobody")
    with pytest.raises(FileNotFoundError, match="this one holds 2"):
        viewer.open_run(url)
    assert len(viewer.compare([f"{url}/base", f"{url}/wide"], ["mcc"]).compared_runs) == 2


def test_a_name_behind_an_address_in_commands_that_read_whole_runs(tmp_path: Path, url: str) -> None:
    """Of the run that is named all parts come, of its neighbour none; a name that nothing has is an error."""
    first = record(url, 3, name="baseline")
    record(url, 1, name="wide")
    said = invoke(["verify", f"{url}/base"])
    assert said.exit_code == 0, said.output
    assert {path.parents[1].name for path in (tmp_path / "cache").rglob("*.parquet")} == {first.name}
    said = invoke(["sql", "select count(*) from samples", f"{url}/base", "--format", "csv"])
    samples = sum(len(viewer.open_run(f"{url}/base").samples(split)) for split in ("train", "val"))
    assert said.stdout.split() == ["count_star()", str(samples)]
    for words in (["sql", "select 1", f"{url}/nobody"], ["doctor", f"{url}/nobody"], ["replay", f"{url}/nobody"]):
        with pytest.raises(FileNotFoundError, match=r"Received: file:///.+/remote/nobody$"):
            invoke(words, catch_exceptions=False)


def test_who_follows_an_address_is_told_the_address(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Not the folder of the copy."""
    record(url, 1)
    _announce(Follow(local_folder(Path(url)), Knobs()))
    assert f"1 run at or below {url}; following" in capsys.readouterr().err


def test_a_place_that_is_still_empty(tmp_path: Path, url: str) -> None:
    """Has no runs, as an empty folder has none; a run in it is asked for in vain, by its address."""
    record(f"{url}/others", 1)
    (tmp_path / "remote" / "mine").mkdir()
    log = tmp_path / "log.csv"
    log.write_text("epoch,loss\n0,1.5\n")
    assert viewer.open_runs(f"{url}/mine") == []
    with pytest.raises(FileNotFoundError, match=r"Received: file:///.+/mine$"):
        viewer.open_run(f"{url}/mine")
    with pytest.raises(ValueError, match=r"^root must be a folder of this machine; epochreel push .+ Received: s3:/"):
        import_csv(log, Path("s3://bucket/runs"))


def test_a_copy_is_kept_in_step_while_it_is_watched(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is sent meanwhile is there without being asked for, and no longer once nobody watches."""
    monkeypatch.setattr(remote, "POLL", 0.01)
    (tmp_path / "remote").mkdir()
    folder, came, find = local_folder(url), threading.Event(), remote._by_run

    def seen(listed: Any) -> Any:
        found = find(listed)
        if found:
            came.set()
        return found

    monkeypatch.setattr(remote, "_by_run", seen)
    with kept_in_step(folder):
        run = record(url, 2)
        assert came.wait(60)
    threads_end()
    assert (folder / run.name / "run.json").exists()


GOLDEN = sorted(path.parent for path in (Path(__file__).parents[2] / "golden").rglob("run.json"))


@pytest.mark.campaign
@pytest.mark.parametrize("run", GOLDEN, ids=lambda run: f"{run.parent.name}-{run.name[-12:]}")
def test_runs_of_every_format_go_there_and_are_read_from_there(run: Path, url: str) -> None:
    """What every release has written: sent as it is, read as the folder is read."""
    RunPusher(run, Place(url)).push(ended=True)
    there, here = viewer.open_run(f"{url}/{run.name}"), Run(run)
    for output in here.outputs:
        for split in here.splits(output.name):
            assert there.counts(split=split, output=output.name).equals(here.counts(split=split, output=output.name))
            assert there.samples(split=split, output=output.name).equals(here.samples(split=split, output=output.name))
    assert list(there.epoch_numbers) == list(here.epoch_numbers)
    assert there.faults == here.faults


def test_of_a_copy_the_address_is_shown(url: str, tmp_path: Path) -> None:
    """Where a page or a sentence names the folder that is looked at, nobody need know where its copy is."""
    Path(url.partition("://")[2]).mkdir()
    assert shown_folder(local_folder(url)) == url
    assert why_none(local_folder(url)).startswith(f"The folder {url} is empty.")
    assert shown_folder(tmp_path) == str(tmp_path)


def test_who_waits_long_for_the_first_look_is_told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once; who waits for a moment only is not."""
    record(url, 1)
    warned, told, listed = threading.Event(), [], Place.listed

    def slow(place: Place) -> Any:
        assert warned.wait(60)
        return listed(place)

    def tell(message: Warning | str, *_: Any, **__: Any) -> None:
        told.append(str(message))
        warned.set()

    monkeypatch.setattr("warnings.showwarning", tell)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("viewer.reading.slow.SLOW", 0.01)
            patch.setattr(Place, "listed", slow)
            viewer.open_runs(url)
        viewer.open_runs(url)
    assert told == [f"{url} is still being asked what is new"]


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every part is large enough for ranges; the bytes that come of parts, whole or in ranges."""
    taken: list[int] = []
    ranges, fetch = Place.ranges, Place.fetch

    def counted_ranges(place: Place, name: str, spans: Any) -> list[tuple[int, bytes]]:
        found = ranges(place, name, spans)
        taken.extend(len(text) for _, text in found)
        return found

    def counted_fetch(place: Place, name: str, target: Path, size: int) -> None:
        fetch(place, name, target, size)
        taken.append(size if name.endswith(".parquet") else 0)

    monkeypatch.setattr(Place, "ranges", counted_ranges)
    monkeypatch.setattr(Place, "fetch", counted_fetch)
    monkeypatch.setattr(remote_run, "WORTHWHILE", 0)
    return taken


def test_of_a_large_part_the_ranges_come_that_are_asked_for(tmp_path: Path, url: str, sizes: list[int]) -> None:
    """Samples of one epoch cost a few of its part, those of a neighbour nothing; all epochs cost the whole, once."""
    folder = record(url, 200, samples=2_000)
    local, run = Run(folder), viewer.open_run(url)
    part = next(path for path in (tmp_path / "remote").rglob("samples/*.parquet") if path.name.startswith("000000"))
    assert run.samples(epoch=20).equals(local.samples(epoch=20))
    assert 0 < sum(sizes) < part.stat().st_size / 2
    few = sum(sizes)
    assert run.samples(epoch=21).equals(local.samples(epoch=21))
    assert sum(sizes) == few
    assert fetched(tmp_path) == []
    assert run.samples().equals(local.samples())
    assert run.samples().equals(local.samples())
    parts = {path.name for path in (tmp_path / "remote").rglob("samples/*.parquet")}
    assert {name.partition("/")[2] for name in fetched(tmp_path)} == parts
    assert not run.faults


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_asked_in_whatever_order_ranges_give_what_parts_do(
    tmp_path: Path, url: str, sizes: list[int], seed: int
) -> None:
    """Samples, counts and scores of single epochs and of all, while the run grows: as of the folder it came from."""
    chance = random.Random(seed)
    with RunWriter(tmp_path / "runs") as writer:
        assert writer.folder is not None
        pusher = RunPusher(writer.folder, Place(url))
        append(writer, range(3))
        pusher.push()
        run, local = viewer.open_run(url), Run(writer.folder)
        for _ in range(12):
            if chance.random() < 0.5:
                append(writer, range(len(local.epoch_numbers), len(local.epoch_numbers) + chance.choice([1, 30, 70])))
                pusher.push()
                remote._known[url].sync()
                for one in (run, local):
                    one.refresh()
            epoch = chance.randrange(len(local.epoch_numbers))
            ask = chance.choice(
                [
                    lambda one, at=epoch: one.samples(epoch=at),
                    lambda one, at=epoch: pd.Series(one.value("auc", position=at)),
                    lambda one: one.metric("f1@0.3"),
                    lambda one: one.metric("auc", "train"),
                    lambda one: one.samples(),
                ]
            )
            assert ask(run).equals(ask(local))
    assert not run.faults


def test_a_large_part_without_a_footer_is_named(tmp_path: Path, url: str, sizes: list[int]) -> None:
    """Its whole comes, and what is wrong with it is said as of any part."""
    folder = record(url, 100)
    broken = sorted((tmp_path / "remote" / folder.name / "samples").iterdir())[0]
    broken.write_bytes(broken.read_bytes()[:-4] + b"NONE")
    run = viewer.open_run(url)
    assert len(run.samples(epoch=0)) == 0
    assert any(broken.name in fault and "no footer" in fault for fault in run.faults)
