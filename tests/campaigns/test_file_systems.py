"""File systems as networks and copying programs make them: late, stale, without events, in any order."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recorder import RunWriter
from recorder.runfile import is_run
from viewer.dashboard.following import Follow
from viewer.frame import Framer
from viewer.listing.folder_rows import FolderRows
from viewer.run import Run

from ..conftest import Effort
from ..recorder.runfile.run_files import killed
from ..viewer.reading.test_late import GRID, assert_same, everything, write
from ..viewer.surfaces.web.conftest import Server
from ..viewer.surfaces.web.raw import Page
from .conftest import Figures
from .shaky import Shaky
from .test_strangers import shown


def record(root: Path, chance: random.Random) -> Iterator[Path]:
    """A run that grows by 1 to 9 epochs at a time, over three attempts and some merges; its folder, at each step."""
    epoch, options = 0, {"thresholds": GRID, "resume": "allow", "name": "shared", "kind": "binary"}
    for attempt in range(3):
        writer = RunWriter(root, **options)  # type: ignore[arg-type]
        for _ in range(chance.randrange(3, 9)):
            more = range(epoch, epoch + chance.randrange(1, 10))
            write(writer, more, 2, attempt)
            epoch = more.stop
            yield writer.folder  # type: ignore[misc]
        writer.close() if attempt == 1 else killed(writer)


def glance(framer: Framer, chance: random.Random) -> None:
    """What a viewer looks at in passing."""
    framer.refresh()
    run, frame = framer.run, framer.frame()
    found: list[Any] = [frame.values("f1@0.25"), run.status]
    if "val" in run.splits():
        place = chance.randrange(len(run.epoch_numbers))
        found += [run.confusion("val", place), run.histogram("val", place), run.values("mcc"), run.observed("w")]
        if chance.random() < 0.3:
            found.append(run.samples("val"))


def settles(framer: Framer) -> None:
    """Looks until nothing is missing; so many looks are enough for whatever was put off."""
    for _ in range(40):
        framer.refresh()
        everything(framer)  # a fault is told until somebody has asked again
        if not framer.run.faults:
            return
    raise AssertionError(f"faults that stay: {framer.run.faults}")


@pytest.mark.filterwarnings("ignore:epochreel")
def test_a_reader_of_a_shaky_file_system_ends_up_with_everything(
    tmp_path: Path, effort: Effort, figures: Figures
) -> None:
    """Late listings and stale handles while a run is recorded: no error gets out, and in the end nothing is missing."""
    looks = 0
    for seed in range(effort(1, 60)):
        root = tmp_path / str(seed)
        chance, shaky = random.Random(seed), Shaky(seed)
        follow, framer, table = Follow(root), None, FolderRows(root, lambda: 1000.0 * looks)  # noqa: B023 - as it is then
        for _ in record(root, chance):
            for _ in range(chance.randrange(3)):
                with shaky.under(root):
                    framer = follow.find() or framer
                    table.look()
                    if framer is not None:
                        glance(framer, chance)
                looks += 1
        framer = follow.find()
        assert framer is not None
        settles(framer)
        assert_same(everything(framer), everything(Framer(Run(framer.run.folder))))
        looks += 1
        table.look()
        assert [row.path for row in table.rows.values()] == [framer.run.folder]
    figures(runs=seed + 1, looks=looks, missing=0, errors=0)


def test_a_writer_on_a_shaky_file_system_records_every_epoch(tmp_path: Path, effort: Effort, figures: Figures) -> None:
    """Calls that fail with ESTALE, done or not: one warning a run, and every epoch once the file system is calm."""
    epochs = 70
    for seed in range(effort(2, 500)):
        root, shaky = tmp_path / str(seed), Shaky(seed, stale=0.03)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            with shaky.under(root):
                writer = RunWriter(root, name="shaky", thresholds=GRID, resume="allow", kind="binary")
                write(writer, range(epochs), 2, seed)
            writer.close()
        said = [str(warning.message) for warning in caught if "epochreel" in str(warning.message)]
        assert len(said) <= 1, said
        run = Run(writer.folder)  # type: ignore[arg-type]
        assert run.epoch_numbers.tolist() == list(range(epochs))
        assert not np.isnan(run.values("f1@0.25")).any()
        assert run.faults == []
        assert [path for path in root.iterdir() if is_run(path)] == [writer.folder]
    figures(runs=seed + 1, epochs=epochs * (seed + 1), lost=0)


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A folder, and a shaky mount of it (FUSE), where such a thing can be had."""
    pytest.importorskip("mfusepy", reason="needs FUSE", exc_type=OSError)
    if not os.access("/dev/fuse", os.W_OK):
        pytest.skip("may not mount: no /dev/fuse for this user")
    folder, place = tmp_path / "folder", tmp_path / "mount"
    folder.mkdir()
    place.mkdir()
    command = [sys.executable, "-W", "ignore", str(Path(__file__).with_name("shaky.py")), str(folder), str(place), "7"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        if said:
            yield folder, place
            subprocess.run(["umount", "-l", str(place)], check=False)
        process.terminate()
    if not said:
        pytest.skip("may not mount here")


@pytest.mark.campaign
@pytest.mark.filterwarnings("ignore:epochreel")
def test_a_page_of_a_shaky_mount_shows_every_epoch(mounted: tuple[Path, Path], figures: Figures) -> None:
    """A real mount without events, late and stale: the page of a viewer there goes on, to the last epoch."""
    folder, place = mounted
    with Server("watch", str(place), "--web", "--layout", "curves scores / matrix pr") as server:

        async def watch() -> int:
            steps, last = record(folder, random.Random(1)), 0
            next(steps)
            async with Page(server) as page:
                page.fit()
                for _ in steps:
                    last = await asyncio.to_thread(epochs_in, folder)
                    page.say("turn", live=True)
                (folder / "calm").touch()
                await page.until(lambda words: shown(words) == last)
                page.fit(350, 250)  # pictures of that epoch may have come already, and no other ones follow
                while await page.picture() != [350, 250]:
                    pass
            return last

        last = asyncio.run(watch())
        follow = Follow(place)
        framer = follow.find()
        assert framer is not None
        settles(framer)
        assert_same(everything(framer), everything(Framer(Run(folder / framer.run.folder.name))))
        assert not [line for line in server.lines() if "Traceback" in line or "ended" in line]
    figures(epochs=last + 1, missing=0)


def epochs_in(folder: Path) -> int:
    """The last epoch of the only run in a folder."""
    (run,) = (Run(path) for path in folder.iterdir() if path.is_dir())
    return int(run.epoch_numbers[-1])


@pytest.mark.skipif(not shutil.which("rsync"), reason="needs rsync")
@pytest.mark.filterwarnings("ignore:epochreel")
def test_a_run_that_is_copied_while_it_grows_is_whole_in_the_end(
    tmp_path: Path, effort: Effort, figures: Figures
) -> None:
    """rsync again and again: a reader of the copy loses no epoch that it had, and misses none in the end."""
    copies = 0
    for seed in range(effort(1, 60)):
        chance, source, target = random.Random(seed), tmp_path / f"from-{seed}", tmp_path / f"to-{seed}"
        way = [["-a"], ["-a", "--delete"], ["-a", "--inplace"], ["-a", "--delay-updates"]][seed % 4]
        framer, had = None, 0
        follow = Follow(target)
        for _ in record(source, chance):
            copying = subprocess.Popen(["rsync", *way, f"{source}/", str(target)])
            while copying.poll() is None:
                framer = follow.find() or framer
                if framer is not None:
                    glance(framer, chance)
                    assert len(framer.run.epoch_numbers) >= had
                    had = len(framer.run.epoch_numbers)
            assert copying.wait() in (0, 24), "24: a file vanished, as those do that are merged"
            copies += 1
        subprocess.run(["rsync", *way, f"{source}/", str(target)], check=True)
        framer = follow.find()
        assert framer is not None
        settles(framer)
        assert_same(everything(framer), everything(Framer(Run(source / framer.run.folder.name))))
    figures(runs=seed + 1, copies=copies, missing=0)
