"""What is added to points after they were recorded is there as if it had been from the start."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

import recorder
import viewer
from recorder import Counts, RunBusyError, RunWriter, open_writer
from recorder.runfile import Additions, layout, pending_parts, read_additions, read_lines, read_manifest, read_records
from recorder.runfile.manifest import read_stated
from viewer.doctor.examine import examine
from viewer.doctor.repair import repair
from viewer.doctor.verify import verify

RNG = np.random.default_rng(7)
GRID = [0.0, 0.25, 0.5, 0.75, 1.0]
FORMULAS = ["recall", "precision@0.25", "auc", "mcc"]
FIELDS = {"tallies": ("histogram", "nan", "matrix", "weights"), "samples": ("sample", "y_score")}
Arrays = tuple[np.ndarray, np.ndarray]


def arrays(samples: int = 12, classes: int = 0) -> Arrays:
    if classes:
        return RNG.integers(0, classes, samples), RNG.dirichlet(np.ones(classes), samples).astype(np.float32)
    truth = np.append([0, 1], RNG.integers(0, 2, samples - 2))  # both classes, as AUC needs them
    return truth, RNG.random(samples).astype(np.float32)


def trained(root: Path, points: list[dict[str, Any]], name: str = "run", **given: Any) -> Path:
    """The run of some points, each what `epoch` takes."""
    with RunWriter(root, name=name, thresholds=GRID, **given) as run:
        for point in points:
            run.epoch(**point)
    assert run.folder is not None
    return run.folder


def assert_alike(got: Path, wanted: Path) -> None:
    """Two runs say the same of every split: counts, samples and logs, for the recorder and for the viewer."""
    for one, other in zip(read_records(got), read_records(wanted), strict=True):
        assert one.epoch == other.epoch
        np.testing.assert_equal(dict(one.logs), dict(other.logs))
        for name, fields in (
            ("tallies", ("histogram", "nan", "matrix", "weights")),
            ("samples", ("sample", "y_score")),
        ):
            mine, theirs = ({(each.split, each.output): each for each in getattr(of, name)} for of in (one, other))
            assert mine.keys() == theirs.keys()
            for key, each in mine.items():
                for field in fields:
                    np.testing.assert_array_equal(getattr(each, field), getattr(theirs[key], field))
    assert_shown_alike(viewer.open_run(got), viewer.open_run(wanted))


def assert_shown_alike(got: Any, wanted: Any) -> None:
    """The viewer says the same of two runs."""
    assert got.epoch_numbers.tolist() == wanted.epoch_numbers.tolist()
    assert got.logs.keys() == wanted.logs.keys()
    for name, values in wanted.logs.items():
        np.testing.assert_equal(got.logs[name], values)
    assert sorted(got.splits()) == sorted(wanted.splits())
    for split in wanted.splits():
        for formula in FORMULAS:
            np.testing.assert_equal(got.values(formula, split=split), wanted.values(formula, split=split))
        for epoch in wanted.epoch_numbers.tolist():
            mine, theirs = (run.samples(split=split, epoch=epoch) for run in (got, wanted))
            assert mine.drop(columns="weight").equals(theirs.drop(columns="weight"))
    assert not got.faults


@pytest.mark.parametrize("unit", ["epoch", "step"])
@pytest.mark.parametrize("classes", [0, 3, 20])
def test_a_split_that_was_added_is_as_one_that_was_there(tmp_path: Path, unit: str, classes: int) -> None:
    """In any order of points, of any kind: the run equals one that had the split from the start."""
    points = [{unit: 10 * at, "logs": {"loss": 1.0 / (at + 1)}, "val": arrays(12, classes)} for at in range(5)]
    added = {at: {"test": arrays(9, classes), "logs": {"test_loss": float(at)}} for at in (1, 3, 0)}
    folder = trained(tmp_path, points)
    with open_writer(folder) as run:
        for at, more in added.items():
            run.add(**{unit: 10 * at}, **more)
    whole = [
        point | added.get(at, {}) | {"logs": point["logs"] | added.get(at, {}).get("logs", {})}
        for at, point in enumerate(points)
    ]
    assert_alike(folder, trained(tmp_path, whole, "whole"))
    assert verify(folder).ok
    assert not [finding.what for finding in examine(folder).findings if finding.fault]


def test_what_is_added_shows_as_it_comes(tmp_path: Path) -> None:
    """A viewer that follows the run takes each addition in at its next look, also one that comes before its point."""
    with RunWriter(tmp_path, name="run", thresholds=GRID) as run:
        run.epoch(0, val=arrays())
        followed = viewer.open_run(run.folder)
        assert followed.splits() == ["val"]
        followed.values("recall@0.25", split="val")
        adder = open_writer(run.folder)
        truth, score = arrays()
        adder.add(epoch=0, test=(truth, score))
        assert followed.refresh()
        assert followed.splits() == ["val", "test"]
        recall = ((score > 0.25) & (truth == 1)).sum() / (truth == 1).sum()
        assert followed.values("recall@0.25", split="test").tolist() == [pytest.approx(recall)]
        assert not followed.refresh()
        run.epoch(1, val=arrays())
        adder.add(epoch=1, test=(truth, score), logs={"late": 2.0})
        assert followed.refresh()
        np.testing.assert_equal(followed.logs["late"], [np.nan, 2.0])
        adder.close()
    followed.refresh()
    assert_shown_alike(followed, viewer.open_run(run.folder))


def test_a_wrong_argument_is_refused_before_anything_is_added(tmp_path: Path) -> None:
    """When it is opened, not at the first point."""
    folder = trained(tmp_path, [{"epoch": 0, "logs": {"loss": 0.5}}])
    with pytest.raises(ValueError, match=re.escape("decision_threshold must be in [0, 1]. Received: 1.7")):
        open_writer(folder, decision_threshold=1.7)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"epoch": 0, "val": arrays()}, "split 'val', which epoch 0 has already"),
        ({"epoch": 0, "logs": {"loss": 1.0}}, "log 'loss', which epoch 0 has already"),
        ({"epoch": 1, "night": arrays()}, "split 'night', which epoch 1 has already"),
        ({"epoch": 2, "night": arrays()}, "there are from 0 to 1. Received: 2"),
        ({"epoch": -1, "night": arrays()}, "there are from 0 to 1. Received: -1"),
        ({"step": 1, "night": arrays()}, "as the points of this run are epochs. Received: step=1"),
        ({"night": arrays()}, "as the points of this run are epochs. Received: neither"),
        ({"epoch": 0}, "must be a split, such as test=(y_true, y_score), logs or observed. Received: none"),
        ({"epoch": 0, "logs": {}}, "logs or observed. Received: none"),
        ({"epoch": 0, "output": "b", "night": arrays()}, "that the run counts: ''. Received: 'b'"),
    ],
)  # fmt: skip
def test_what_cannot_be_added_is_one_error_and_leaves_nothing(tmp_path: Path, given: Any, error: str) -> None:
    """The rule and what came; no file is left, and what can be added is added after it."""
    folder = trained(tmp_path, [{"epoch": at, "logs": {"loss": 0.5}, "val": arrays()} for at in range(2)])
    with open_writer(folder) as run:
        run.add(epoch=1, night=arrays())
        with pytest.raises(ValueError, match=re.escape(error)):
            run.add(**given)
        run.add(epoch=0, night=arrays())
    assert [line.epoch for line in read_additions(folder)] == [0, 1]
    assert not pending_parts(folder)
    assert verify(folder).ok


def test_a_run_of_logs_alone_gets_counts(tmp_path: Path) -> None:
    """Beside its living writer, and by two that add: the first says what is counted, and the writer may join in."""
    truth, score = arrays()
    with RunWriter(tmp_path, name="run", thresholds=GRID) as run:
        run.epoch(0, logs={"loss": 1.0})
        followed = viewer.open_run(run.folder)
        assert followed.outputs == []
        with open_writer(run.folder, thresholds=GRID) as one, open_writer(run.folder) as other:
            one.add(epoch=0, test=(truth, score))
            other.add(epoch=0, night=(truth, score))
        followed.refresh()
        assert followed.splits() == ["night", "test"]
        assert followed.values("auc", split="night").tolist() == followed.values("auc", split="test").tolist()
        run.epoch(1, logs={"loss": 0.5}, test=(truth, score))
    followed.refresh()
    assert np.unique(followed.values("auc", split="test")).size == 1
    assert not followed.faults


def test_weights_that_are_added_are_stated(tmp_path: Path) -> None:
    """A run that had no weights has some with the first split that brings them; the writer's own statement stays."""
    truth, score = arrays()
    folder = trained(tmp_path, [{"epoch": at, "val": (truth, score)} for at in range(2)])
    followed = viewer.open_run(folder)
    assert not followed.outputs[0].weighted
    weight = RNG.random(len(truth)) + 0.5
    with open_writer(folder) as run:
        run.add(epoch=0, test=(truth, score, weight))
        run.add(epoch=1, test=(truth, score, weight))
    assert followed.refresh()
    assert followed.outputs == read_manifest(folder).outputs
    assert followed.outputs[0].weighted
    got = followed.values("recall@0.25", split="test", weights=True)
    np.testing.assert_allclose(got, weight[(truth == 1) & (score > 0.25)].sum() / weight[truth == 1].sum())
    assert len(layout.stated(folder)) == 1
    assert not read_stated(folder).outputs[0].weighted


def test_what_a_point_has_already_states_no_output(tmp_path: Path) -> None:
    """A refused addition to a run of logs leaves the run without counts, so that others may say of what kind it is."""
    folder = trained(tmp_path, [{"epoch": 0, "logs": {"loss": 1.0}}])
    with open_writer(folder) as run:
        with pytest.raises(ValueError, match="log 'loss', which epoch 0 has already"):
            run.add(epoch=0, logs={"loss": 2.0}, test=arrays())
        assert read_manifest(folder).outputs == []
        run.add(epoch=0, test=arrays(classes=3))
    assert read_manifest(folder).outputs[0].kind == "multiclass"


def test_a_look_at_a_run_without_news_opens_no_addition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ends of who adds, and outputs, are looked at once; so is an addition to a point that is not there."""
    folder = trained(tmp_path, [{"epoch": at, "logs": {"loss": 1.0}} for at in range(2)])
    with open_writer(folder) as run:
        run.add(epoch=0, test=arrays())
    known = Additions(folder)
    assert [line.epoch for line in known.read()] == [0]
    with monkeypatch.context() as patch:
        patch.setattr("recorder.runfile.additions.additions", lambda _: pytest.fail("listed again"))
        assert known.read() == []
    with open_writer(folder) as run:
        run.add(epoch=1, test=arrays())
    assert [line.epoch for line in known.read()] == [1]


def test_a_link_in_the_place_of_additions_is_told_of_once(tmp_path: Path) -> None:
    """It is not followed; the run is there without what was added."""
    folder = trained(tmp_path / "runs", [{"epoch": 0, "logs": {"loss": 1.0}}])
    (tmp_path / "elsewhere").mkdir()
    (folder / "additions").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    run = viewer.open_run(folder)
    run.refresh()
    (fault,) = run.faults
    assert "additions" in fault
    assert run.logs["loss"].tolist() == [1.0]


def test_several_outputs_are_added_to_by_name(tmp_path: Path) -> None:
    """Each under its own name at one point, from arrays and from counts."""
    folder = trained(tmp_path, [{"epoch": 0, "logs": {"loss": 1.0}}])
    truth, score = arrays()
    counts = Counts(thresholds=GRID)
    counts.update(truth, score)
    with open_writer(folder, thresholds=GRID) as run:
        run.add(epoch=0, output="a", test=(truth, score))
    manifest = read_manifest(folder)
    assert [output.name for output in manifest.outputs] == ["a"]
    with open_writer(folder) as run:
        with pytest.raises(ValueError, match="output must be one of those that the run counts: 'a'"):
            run.add(epoch=0, output="b", test=(truth, score))
        run.add(epoch=0, output="a", night=counts)
    (record,) = read_records(folder)
    assert [(tally.split, tally.output) for tally in record.tallies] == [("test", "a"), ("night", "a")]
    np.testing.assert_array_equal(record.tallies[0].histogram, record.tallies[1].histogram)


def test_a_later_attempt_hides_what_was_added_to_what_it_hides(tmp_path: Path) -> None:
    """An addition belongs to its point as it was seen; the point that takes its place begins without it."""
    folder = trained(tmp_path, [{"epoch": at, "val": arrays()} for at in range(4)])
    with open_writer(folder) as run:
        run.add(epoch=1, test=arrays())
        run.add(epoch=3, test=arrays())
    with RunWriter(tmp_path, name="run", thresholds=GRID, resume="must") as again:
        again.epoch(2, val=arrays())
        again.epoch(3, val=arrays())
    opened = viewer.open_run(folder)
    assert np.isfinite(opened.values("auc", split="test")).tolist() == [False, True, False, False]
    with open_writer(folder) as run:
        run.add(epoch=3, test=arrays())
    opened.refresh()
    assert np.isfinite(opened.values("auc", split="test")).tolist() == [False, True, False, True]
    assert [[tally.split for tally in record.tallies] for record in read_records(folder)] == [
        ["val"], ["val", "test"], ["val"], ["val", "test"]
    ]  # fmt: skip
    assert verify(folder).ok


def test_other_programs_see_each_row_once(tmp_path: Path) -> None:
    """In the folders of merged parts, at any moment, and all of them when whoever adds has ended."""
    folder = trained(tmp_path, [{"epoch": at, "val": arrays(3)} for at in range(70)])

    def rows() -> list[tuple[Any, ...]]:
        files = str(folder / "tallies" / "*.parquet")
        return duckdb.execute("select epoch, split, count(*) from read_parquet(?) group by all", [files]).fetchall()

    with open_writer(folder) as run:
        for epoch in range(70):
            run.add(epoch=epoch, test=arrays(3))
            assert {count for *_, count in rows()} == {1}
    assert len(rows()) == 140
    assert len(list((folder / "tallies").iterdir())) == 4
    assert len(list((folder / "attempts").iterdir())) == 1
    assert verify(folder).count("no checksum") == 0


ADDS = """
import sys
import numpy as np
from recorder import open_writer
folder, split = sys.argv[1:]
run = open_writer(folder)
print("open", flush=True)
for line in sys.stdin:
    epoch = int(line)
    try:
        run.add(epoch=epoch, **{split: (np.arange(6) % 2, np.linspace(0, 1, 6))})
    except ValueError as error:
        print("refused", flush=True)
    else:
        print("added", flush=True)
print("closed", flush=True)
"""


class Process:
    """Another process that adds where it is told to."""

    def __init__(self, folder: Path, split: str = "test") -> None:
        command = [sys.executable, "-c", ADDS, str(folder), split]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def tell(self, epoch: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{epoch}\n")
        self.process.stdin.flush()

    def said(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def test_of_two_processes_that_add_one_split_to_a_point_one_does(tmp_path: Path) -> None:
    """However they meet, the second is refused, and nothing of it is counted; the writer goes on beside them."""
    epochs = 12
    with RunWriter(tmp_path, name="run", thresholds=GRID) as run:
        for epoch in range(epochs):
            run.epoch(epoch, val=arrays(3))
        both = [Process(run.folder), Process(run.folder)]
        assert [one.said() for one in both] == ["open", "open"]
        for epoch in range(epochs):
            for one in both:
                one.tell(epoch)
            run.epoch(epochs + epoch, val=arrays(3))
        said = [[one.said() for _ in range(epochs)] for one in both]
        assert [sorted(answers) for answers in zip(*said, strict=True)] == [["added", "refused"]] * epochs
        for one in both:
            assert one.process.communicate()[0] == "closed\n"
    records = read_records(run.folder)
    assert [len(record.tallies) for record in records] == [2] * epochs + [1] * epochs
    found = duckdb.execute(
        "select epoch, split, count(*) from read_parquet(?) group by all having count(*) > 1",
        [str(run.folder / "tallies" / "*.parquet")],
    ).fetchall()
    assert not found
    assert verify(run.folder).ok
    assert len({line.attempt for line in read_lines(run.folder)}) == 1


def test_what_a_killed_process_has_added_stays(tmp_path: Path) -> None:
    """It is read from where it waits, beside a file that was cut short; the next resume merges it, once."""
    folder = trained(tmp_path, [{"epoch": at, "val": arrays(3)} for at in range(3)])
    process = Process(folder)
    process.said()
    for epoch in (0, 2):
        process.tell(epoch)
        assert process.said() == "added"
    process.kill()
    cut = folder / "additions" / "000001-a0-000.json"
    cut.write_bytes((folder / "additions" / "000000-a0-000.json").read_bytes()[:50])
    opened = viewer.open_run(folder)
    assert np.isfinite(opened.values("auc", split="test")).tolist() == [True, False, True]
    assert len(pending_parts(folder)) == 4
    with RunWriter(tmp_path, name="run", thresholds=GRID, resume="must") as run:
        run.epoch(3, val=arrays(3))
    assert not pending_parts(folder)
    with open_writer(folder) as adder:
        adder.add(epoch=1, test=arrays(3))
    assert json.loads((folder / "additions" / "000001-a0-001.json").read_text())["epoch"] == 1
    opened.refresh()
    assert np.isfinite(opened.values("auc@0.3", split="test")).tolist() == [True, True, True, False]
    assert verify(folder).ok


def test_a_living_process_that_adds_keeps_nobody_from_resuming(tmp_path: Path) -> None:
    """And the resume leaves alone what waits for that process."""
    folder = trained(tmp_path, [{"epoch": at, "val": arrays(3)} for at in range(3)])
    process = Process(folder)
    process.said()
    process.tell(0)
    assert process.said() == "added"
    with RunWriter(tmp_path, name="run", thresholds=GRID, resume="must") as run:
        run.epoch(3, val=arrays(3))
    assert len(pending_parts(folder)) == 2
    assert process.process.communicate()[0] == "closed\n"
    assert not pending_parts(folder)
    assert [tally.split for tally in read_records(folder)[0].tallies] == ["val", "test"]


def test_a_forked_process_must_open_its_own(tmp_path: Path) -> None:
    """What adds belongs to the process that made it; there is no copy of it."""
    import copy

    folder = trained(tmp_path, [{"epoch": 0, "val": arrays(3)}])
    run = open_writer(folder)
    with pytest.raises(TypeError, match="must not be copied or pickled"):
        copy.copy(run)
    run._adder._pid += 1
    with pytest.raises(RunBusyError, match="belongs to the process that made it"):
        run.add(epoch=0, test=arrays(3))


def test_ids_of_what_is_added_are_recorded(tmp_path: Path) -> None:
    """The samples of an added split are called what the user calls them."""
    folder = trained(tmp_path, [{"epoch": 0, "val": arrays(3)}])
    names = [f"img-{number}" for number in range(4)]
    with open_writer(folder, sample_ids={"test": names}) as run:
        run.add(epoch=0, test=arrays(4))
    assert viewer.open_run(folder).samples(split="test", epoch=0)["id"].tolist() == names


def test_a_damaged_addition_is_told_of_and_mended(tmp_path: Path) -> None:
    """A file of an addition, and its part: what each means is said, and a mended copy has all the rest."""
    folder = trained(tmp_path / "runs", [{"epoch": at, "val": arrays(3)} for at in range(3)])
    with open_writer(folder) as run:
        run.add(epoch=0, test=arrays(3))
        run.add(epoch=2, test=arrays(3), logs={"late": 1.0})
    with open_writer(folder) as run:
        run.add(epoch=1, test=arrays(3))
    (folder / "additions" / "000001-a0-000.json").write_bytes(b"{}\n")
    (folder / "tallies" / "000000-000002-a1.parquet").write_bytes(b"PAR1")
    codes = {finding.code for finding in examine(folder).findings if finding.fault}
    assert "broken-addition" in codes
    assert len(codes) > 1
    mended = repair(folder, tmp_path / "mended").folder
    opened = viewer.open_run(mended)
    np.testing.assert_equal(opened.logs["late"], [np.nan, np.nan, 1.0])
    assert opened.splits() == ["val", "test"]
    assert len(opened.samples(split="test", epoch=2)) == 3
    assert verify(mended).ok
    assert "broken-addition" in {finding.code for finding in examine(folder).findings}


def test_steps_are_joined_by_whoever_reads_the_parts(tmp_path: Path) -> None:
    """The query in FORMAT.md gives each row of the parts the step that stands beside its epoch."""
    points = [{"epoch": at, "step": 100 * at + 7, "val": arrays(3)} for at in range(3)]
    folder = trained(tmp_path, points, unit="epoch")
    query = re.search(r"`(select t[^`]*)`", (Path(recorder.runfile.__file__).parent / "FORMAT.md").read_text())
    assert query is not None
    for name in ("tallies/*.parquet", "epochs.jsonl"):
        assert name in query[1]
    text = query[1].replace("tallies/", f"{folder}/tallies/").replace("epochs.jsonl", f"{folder}/epochs.jsonl")
    found = duckdb.sql(f"select epoch, step from ({text}) order by epoch").fetchall()
    assert found == [(0, 7), (1, 107), (2, 207)]


@pytest.mark.parametrize("folder", ["", "nowhere"])
def test_what_is_no_run_is_one_error(tmp_path: Path, folder: str) -> None:
    """The folder above the runs, or one that is not there, is named in place of a file that nobody has heard of."""
    trained(tmp_path, [{"epoch": 0, "logs": {"loss": 1.0}}])
    message = f"a run must be a folder that holds a run.json. Received: {str(tmp_path / folder)!r}"
    with pytest.raises(FileNotFoundError, match=f"^{re.escape(message)}$"):
        open_writer(tmp_path / folder)


def test_arrays_are_added_once(tmp_path: Path) -> None:
    """Beside those that the point was recorded with, pending and merged, by both readers; one of a name is refused."""
    with RunWriter(tmp_path) as run:
        for epoch in range(3):
            run.epoch(epoch, logs={"loss": 1.0}, observed={"norms": [1.0, epoch]})
    with open_writer(run.folder) as adder:
        adder.add(epoch=1, observed={"errors": [[1, 2], [3, 4]]})
        with pytest.raises(ValueError, match="Received: array 'norms', which epoch 1 has already"):
            adder.add(epoch=1, observed={"norms": [0.0]})
        with pytest.raises(ValueError, match="array 'errors', which epoch 1 has already"):
            adder.add(epoch=1, observed={"errors": [0.0]})
    for opened in (viewer.open_run(run.folder), viewer.open_run(run.folder)):
        assert {epoch: array.tolist() for epoch, array in opened.observed("errors").items()} == {1: [[1, 2], [3, 4]]}
        assert [array.tolist() for array in opened.observed("norms").values()] == [[1, 0], [1, 1], [1, 2]]
        assert opened.faults == []
    names = [sorted(record.observed) for record in read_records(run.folder)]
    assert names == [["norms"], ["errors", "norms"], ["norms"]]
