"""Files that come later than the lines that name them, as a copying program, a network or an object store may bring."""

from __future__ import annotations

import gc
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recorder import RunWriter
from tests.conftest import later
from viewer.export.look import Look, drawn
from viewer.frame import Framer
from viewer.panels.samples.numbers import samples as samples_numbers
from viewer.run import Run

from ...recorder.runfile.run_files import killed

GRID = [0.0, 0.25, 0.5, 0.75, 1.0]
FORMULAS = ("f1", "mcc@0.25", "brier", "average_precision", "loss")


def write(writer: RunWriter, epochs: range, classes: int, seed: int) -> None:
    """Random scores of eight samples, whose labels stay; weights where they can be."""
    truth = np.arange(8) % classes
    for epoch in epochs:
        rng = np.random.default_rng([seed, epoch])
        scores = rng.dirichlet(np.ones(classes), 8).astype(np.float32)
        arrays: Any = (truth, scores[:, 1] if classes == 2 else scores, rng.random(8))
        writer.epoch(epoch, logs={"loss": rng.random()}, observed={"w": rng.random(2)}, train=arrays, val=arrays)


@pytest.fixture(scope="module", params=[2, 3], ids=["binary", "multiclass"])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of three attempts: 70 epochs, 64 of them merged; 40 to 44 again; and two that are pending."""
    root, options = tmp_path_factory.mktemp("whole"), {"thresholds": GRID, "resume": "allow", "name": "late"}
    kinds = {2: "binary", 3: "multiclass"}
    for seed, (epochs, closed) in enumerate([(range(70), False), (range(40, 45), True), (range(45, 47), False)]):
        writer = RunWriter(root, kind=kinds[request.param], **options)  # type: ignore[arg-type]
        write(writer, epochs, request.param, seed)
        folder = writer.folder
        if closed:
            writer.close()
        else:
            killed(writer)
        del writer
        gc.collect()
    return folder


def everything(framer: Framer) -> dict[str, Any]:
    """All numbers of a run by name, asked of the run and of its frame; what it has no split for is left out."""
    run, frame = framer.run, framer.frame()
    found: dict[str, Any] = {"epochs": run.epoch_numbers, "logs": run.logs, "splits": run.splits()}
    for split in run.splits():
        places = range(len(run.epoch_numbers))
        found |= {f"{text} {split}": run.values(text, split) for text in FORMULAS}
        found[f"weights {split}"] = try_(lambda split=split: run.values("recall@0.5@macro", split, weights=True))
        found[f"exact {split}"] = try_(lambda split=split: run.exact("f1", split))
        found[f"histograms {split}"] = run.histograms(split, places)
        found[f"one {split}"] = [run.histogram(split, place) for place in places[-3:]]
        found[f"confusion {split}"] = [run.confusion(split, place) for place in places]
        found[f"samples {split}"] = run.samples(split).to_numpy(float, na_value=np.nan)
        found |= {f"framed {text} {split}": frame.values(text, split) for text in FORMULAS}
    found["dynamics"] = None if (shown := samples_numbers(frame)) is None else [shown.so_far.confidence, shown.now]
    return found | {f"observed {epoch}": values for epoch, values in run.observed("w").items()}


def try_(call: Callable[[], Any]) -> Any:
    """What a call gives, or the error that it raises."""
    try:
        return call()
    except ValueError as error:
        return str(error)


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_equal(found[name], value, err_msg=name)


@pytest.mark.parametrize("seed", [0, *later(1, 2, 3)])
def test_whatever_the_order_in_which_files_come_a_reader_that_looked_early_sees_what_a_late_one_sees(
    whole: Path, tmp_path: Path, seed: int
) -> None:
    """Of all files but the manifest any order, the lines in pieces; at every look equal to a reader that opens now."""
    rng = random.Random(seed)
    target = tmp_path / whole.name
    target.mkdir()
    shutil.copy2(whole / "run.json", target)
    files = sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file() and path.name != "run.json")
    lines = (whole / "epochs.jsonl").read_bytes()
    ends = [*sorted(rng.sample(range(len(lines)), 3)), len(lines)]
    steps: list[Any] = [*ends, *(path for path in files if path.name != "epochs.jsonl")]
    rng.shuffle(steps)
    steps = [ends.pop(0) if isinstance(step, int) else step for step in steps]  # lines come in their order
    live = Run(target)
    framer = Framer(live)
    for number, step in enumerate(steps):
        if isinstance(step, int):
            (target / "epochs.jsonl").write_bytes(lines[:step])
        else:
            (target / step).parent.mkdir(exist_ok=True)
            shutil.copy2(whole / step, target / step)
        if number % 3 == seed % 3 or number == len(steps) - 1:
            framer.refresh()
            fresh = Run(target)
            assert_same(everything(framer), everything(Framer(fresh)))
            assert sorted(live.faults) == sorted(fresh.faults)
    assert live.faults == []
    assert_same(everything(framer), everything(Framer(Run(whole))))
    assert not framer.refresh()


def test_a_part_that_comes_late_is_drawn(whole: Path, tmp_path: Path) -> None:
    """What a frame has computed goes when a part comes, though no line did; what is missing is said until then."""
    target = shutil.copytree(whole, tmp_path / whole.name)
    late = next(path for path in sorted((target / "tallies").iterdir()) if path.name.startswith("000000"))
    late.rename(tmp_path / "on its way")
    framer = Framer(Run(target))
    gap = np.isnan(framer.frame().values("f1@0.25"))
    assert gap[:40].all()
    assert not gap[40:].any()
    assert framer.run.faults == ["epochs 0 to 39: the tallies that the lines name are not there yet"]
    assert framer.run.missing("val", 3) == "epoch 3: the tallies that the lines name are not there yet"
    assert framer.run.missing("val", 41) == ""
    assert not framer.refresh()
    (tmp_path / "on its way").rename(late)
    assert framer.refresh()
    assert not np.isnan(framer.frame().values("f1@0.25")).any()
    assert framer.run.faults == []
    assert framer.run.missing("val", 3) == ""
    assert not framer.refresh()


@pytest.mark.parametrize(("layout", "panel"), [("scores", 0), ("matrix", 0), ("pr", 0), ("samples", 0)])
def test_what_is_missing_is_said_in_the_panel_and_in_the_header(
    whole: Path, tmp_path: Path, layout: str, panel: int
) -> None:
    """A panel without numbers says which part it lacks; the line above all panels how much is missing."""
    target = shutil.copytree(whole, tmp_path / whole.name)
    kind = "samples" if layout == "samples" else "tallies"
    shutil.rmtree(target / kind)
    framer = Framer(Run(target))
    framer.frame(3).values("f1@0.25")
    dashboard = drawn(framer.frame(3), Look(layout=layout))
    dashboard.update(framer.frame(3))
    words = [text.get_text().replace("\n", " ") for axes in dashboard.figure.axes for text in axes.texts]
    if framer.frame().kind == "multiclass" or layout != "matrix":
        assert any(f"the {kind} that the lines name are not there" in said for said in words)
    assert any("faults, the last: epochs" in said or said.startswith("epochs 0 to") for said in words)
    assert framer.run.faults


@pytest.mark.parametrize("same_stamp", [False, True])
def test_a_part_that_could_not_be_read_is_tried_again(whole: Path, tmp_path: Path, same_stamp: bool) -> None:
    """Half a file, whole at a later look; also where a file system keeps its size and time as they were."""
    target = shutil.copytree(whole, tmp_path / whole.name)
    part = next(path for path in sorted((target / "tallies").iterdir()) if path.name.startswith("000000"))
    data, stat = part.read_bytes(), part.stat()
    part.write_bytes(b"\0" * len(data) if same_stamp else data[:-20])
    os.utime(part, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    run = Run(target)
    assert np.isnan(run.values("f1@0.25")).sum() == 40
    assert [fault.split(" ")[0] for fault in run.faults] == [part.name]
    with part.open("r+b") as file:
        file.write(data)
    os.utime(part, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert any(run.refresh() for _ in range(4))
    assert not np.isnan(run.values("f1@0.25")).any()
    assert run.faults == []


def test_a_part_that_stays_broken_costs_ever_less(whole: Path, tmp_path: Path) -> None:
    """A file that does not change is read again after 1, 2, 4, 8 looks and so on."""
    target = shutil.copytree(whole, tmp_path / whole.name)
    next(path for path in sorted((target / "tallies").iterdir()) if path.name.startswith("000000")).write_bytes(b"")
    run = Run(target)
    again = 0
    for _ in range(1000):
        run.values("f1@0.25")
        again += run.refresh()
    assert 1 <= again <= 11


def test_a_manifest_that_comes_late_is_read(whole: Path, tmp_path: Path) -> None:
    """A manifest without outputs, as it is at the start of a training, and the whole one after all else."""
    target = shutil.copytree(whole, tmp_path / whole.name)
    manifest = (target / "run.json").read_bytes()
    start = manifest.index(b'"outputs"')
    (target / "run.json").write_bytes(manifest[:start] + b'"outputs": [], "was_' + manifest[start + 1 :])
    framer = Framer(Run(target))
    assert framer.frame().splits == []
    (target / "run.json").write_bytes(manifest)
    assert framer.refresh()
    assert_same(everything(framer), everything(Framer(Run(whole))))
