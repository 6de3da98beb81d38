"""FORMAT.md is enough: a reader made from it alone, with `json` and DuckDB, finds what was written."""

from __future__ import annotations

import json
from itertools import accumulate
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from recorder.runfile import RunFileWriter, begin_line, read_manifest
from recorder.writer import RunWriter

RNG = np.random.default_rng(0)
GRID = [0.0, 0.25, 0.5, 0.75, 1.0]


class Independent:
    """A run as a stranger reads it: nothing of ours is used, and every rule here is a sentence of FORMAT.md."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = json.loads((folder / "run.json").read_text())
        assert int(self.manifest["format"].split(".")[0]) <= 1
        whole_lines = (folder / "epochs.jsonl").read_bytes().split(b"\n")[:-1]
        self.commits: dict[int, dict[str, Any]] = {}
        for line in map(json.loads, whole_lines):
            earlier = self.commits.get(line.get("epoch"), {"attempt": -1})
            if line["event"] == "epoch" and line["attempt"] >= earlier["attempt"]:
                self.commits[line["epoch"]] = line

    def rows(self, kind: str) -> list[dict[str, Any]]:
        """Every committed row once, pending or merged; a reader looks again when a file has gone."""
        for _ in range(9):
            try:
                return self._rows(kind)
            except duckdb.IOException as gone:
                last = gone
        raise last

    def _rows(self, kind: str) -> list[dict[str, Any]]:
        pending = list((self.folder / "pending").glob(f"*.{kind}.parquet"))
        files = [str(path) for path in (*pending, *(self.folder / kind).glob("*.parquet"))]
        keys = "split, output, name" if kind == "observed" else "split, output, label"
        keys += ", sample" if kind == "samples" else ""
        query = f"select distinct on (attempt, epoch, {keys}) * from read_parquet(?)"
        table = duckdb.execute(query, [files])
        names = [column[0] for column in table.description]
        found = [dict(zip(names, row, strict=True)) for row in table.fetchall()]
        return [row for row in found if self.commits.get(row["epoch"], {}).get("attempt") == row["attempt"]]

    def counts(self) -> dict[tuple[int, str, int | None], list[tuple[int, ...]]]:
        """tp, fp, tn, fn at each threshold, by epoch, split and class."""
        found = {}
        for row in self.rows("tallies"):
            below_n, below_p = (list(accumulate(row[side])) for side in ("negatives", "positives"))
            cells = zip(below_n[:-1], below_p[:-1], strict=True)
            four = [(below_p[-1] - p, below_n[-1] - n, n, p) for n, p in cells]
            found[row["epoch"], row["split"], row["label"]] = four
        return found


def direct(truth: np.ndarray, score: np.ndarray) -> list[tuple[int, ...]]:
    """tp, fp, tn, fn at each threshold by comparison in float32."""
    positive = score.astype(np.float32)[:, None] > np.float32(GRID)
    t = truth[:, None] == 1
    cells = [positive & t, positive & ~t, ~positive & ~t, ~positive & t]
    return list(zip(*(cell.sum(axis=0).tolist() for cell in cells), strict=True))


@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("closed", [False, True])
def test_a_reader_made_from_the_format_finds_the_same(tmp_path: Path, classes: int, closed: bool) -> None:
    """Counts at every threshold, samples, logs and the decision are those of the arrays that were recorded."""
    truth = RNG.integers(0, max(classes, 2), (70, 12))
    score = RNG.dirichlet(np.ones(classes), (70, 12)) if classes > 1 else RNG.random((70, 12))
    run = RunWriter(tmp_path, thresholds=GRID, decision_threshold=0.25)
    for epoch in range(70):
        run.epoch(epoch, logs={"loss": np.nan if epoch else np.inf}, val=(truth[epoch], score[epoch]))
    if closed:
        run.close()
    with (run.folder / "epochs.jsonl").open("ab") as file:
        file.write(b'{"event":"epoch","epoch":99')
    stranger = Independent(run.folder)
    assert sorted(stranger.commits) == list(range(70))
    assert [stranger.commits[epoch]["logs"]["loss"] for epoch in (0, 1)] == ["Infinity", "NaN"]
    counts = stranger.counts()
    for epoch in range(70):
        for label in range(classes):
            given = (truth[epoch], score[epoch]) if classes == 1 else (truth[epoch] == label, score[epoch, :, label])
            assert counts[epoch, "val", None if classes == 1 else label] == direct(*given)
        if classes == 1:
            (row,) = stranger.commits[epoch]["counts"]
            assert (row["tp"], row["fp"], row["tn"], row["fn"]) == direct(truth[epoch], score[epoch])[1]
    samples = {(row["epoch"], row["sample"], row["label"]): row for row in stranger.rows("samples")}
    assert len(samples) == 70 * 12 * classes
    for (epoch, sample, label), row in samples.items():
        assert row["y_true"] == truth[epoch, sample]
        wanted = score[epoch, sample] if label is None else score[epoch, sample, label]
        assert np.float32(row["y_score"]) == np.float32(wanted)
        assert row["weight"] is None


def test_the_later_attempt_counts_and_strays_do_not(tmp_path: Path) -> None:
    """After a resume the stranger reads the later attempt's epochs, and passes over parts that no line names."""
    run = RunWriter(tmp_path, name="a", thresholds=GRID)
    truth = np.array([0, 1, 1])
    for epoch in range(3):
        run.epoch(epoch, val=(truth, np.zeros(3)))
    stray = run.folder / "pending" / "000002-a0.tallies.parquet"
    (run.folder / "pending" / "000009-a0.tallies.parquet").write_bytes(stray.read_bytes())
    again = RunWriter(tmp_path, name="a", thresholds=GRID, resume="must")
    again.epoch(2, val=(truth, np.ones(3)))
    counts = Independent(run.folder).counts()
    assert sorted(counts) == [(epoch, "val", None) for epoch in range(3)]
    assert counts[1, "val", None] == direct(truth, np.zeros(3))
    assert counts[2, "val", None] == direct(truth, np.ones(3))


def test_the_parquet_columns_are_the_ones_written_down(tmp_path: Path) -> None:
    """Each column of each kind of part stands in FORMAT.md, and so does each field of the manifest and an output."""
    run = RunWriter(tmp_path, thresholds=GRID)
    run.epoch(0, observed={"w": np.eye(2)}, val=(np.array([0, 1]), np.array([0.2, 0.7]), np.ones(2)))
    run.close()
    import recorder.runfile

    text = (Path(recorder.runfile.__file__).parent / "FORMAT.md").read_text()
    for kind in ("tallies", "samples", "observed"):
        files = [str(path) for path in (run.folder / kind).glob("*.parquet")]
        for name, *_ in duckdb.execute("describe select * from read_parquet(?)", [files]).fetchall():
            assert f"`{name}`" in text
    manifest = json.loads((run.folder / "run.json").read_text())
    for name in (*manifest, *manifest["outputs"][0]):
        assert f"`{name}`" in text


def test_a_newer_writer_is_understood(tmp_path: Path) -> None:
    """Fields of a later minor version in the manifest, and events it adds, are passed over by our own writer too."""
    run = RunWriter(tmp_path, thresholds=GRID)
    run.epoch(0, val=(np.array([0, 1]), np.array([0.2, 0.7])))
    manifest = json.loads((run.folder / "run.json").read_text())
    manifest |= {"format": "1.7", "mood": "good"}
    (run.folder / "run.json").write_text(json.dumps(manifest))
    with (run.folder / "epochs.jsonl").open("ab") as file:
        file.write(b'{"event":"checkpoint","path":"x"}\n')
    assert RunFileWriter.resume(run.folder, begin_line()).attempt == 1
    assert read_manifest(run.folder).format == "1.7"
