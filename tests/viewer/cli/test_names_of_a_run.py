"""A run may come from anywhere: nothing in its names moves the cursor of a terminal or turns its text around."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import viewer
from recorder.runfile import EpochRecord, Output, RunFileWriter, SampleIds, Samples, Tally, begin_line
from recorder.runfile.schema import Manifest
from tests.commands import invoke

EVIL = "\x1b[2J\x1b]0;owned\x07\u202e\u2066\r\n\t\x9b31m\x00"
RUNNING = "evil\x1b[31m"


def name(what: str) -> str:
    return f"{what}{EVIL}{what}"


def ids_of(sample: np.ndarray) -> np.ndarray:
    return np.array([name(f"id{number}") for number in sample], object)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs with such names in every place where a name can be."""
    root, rng = tmp_path_factory.mktemp("runs"), np.random.default_rng(0)
    grid = np.linspace(0, 1, 21).astype(np.float32).tolist()
    output = Output(name=name("output"), classes=[name("no"), name("yes")], thresholds=grid)
    for number in range(2):
        manifest = Manifest(
            run_id=f"20261125-00000{number}-{RUNNING}", name=name(f"run{number}"), group=name("group"),
            created="2026-11-23T10:30:05Z", outputs=[output], config={name("key"): name(f"value{number}")},
            versions={name("library"): name("1.0")}, host=name("host"),
        )  # fmt: skip
        writer = RunFileWriter.create(root, manifest, begin_line())
        for epoch in range(3):
            tallies, kept = [], []
            for split in ("val", name("probe")):
                histogram = rng.integers(0, 20, (1, 2, len(grid) + 1))
                ids, scores = np.arange(30), rng.random(30).astype(np.float32)
                tallies.append(Tally(split=split, output=output.name, histogram=histogram, nan=np.zeros((1, 2), int)))
                kept.append(Samples(split=split, output=output.name, sample=ids, y_true=ids % 2, y_score=scores))
            logs = {"loss": 1.0, name("log"): 2.0}
            called = [SampleIds(split=one.split, sample=one.sample, id=ids_of(one.sample)) for one in kept]
            record = EpochRecord(epoch=epoch, logs=logs, tallies=tuple(tallies), samples=tuple(kept))
            writer.append(replace(record, sample_ids=tuple(called)))
        writer.close(name("reason"))
    broken = root / f"20261126-000000-{RUNNING}"
    broken.mkdir()
    (broken / "run.json").write_text(json.dumps({"format": name("1")}))
    return root


COMMANDS = [
    ["list", "ROOT"],
    ["list", "ROOT", "-m", f"config.{name('key')}", "-m", f"`{name('log')}`", "--format", "csv"],
    ["list", "ROOT", "-m", f"config.{name('key')}", "--format", "json"],
    ["list", "ROOT", "-m", f"nothing{EVIL}"],
    ["metrics", "RUN", "-m", f"`{name('log')}`"],
    ["metrics", "RUN", "-m", f"`{name('log')}`", "--format", "csv"],
    ["metrics", "RUN", "--split", name("probe")],
    ["metrics", "RUN", "--split", "nothing"],
    ["samples", "RUN"],
    ["samples", "RUN", "--format", "csv"],
    ["samples", "RUN", "--class", "nothing"],
    ["choose", "RUN"],
    ["choose", "RUN", "--output", "nothing"],
    ["compare", "ROOT", "-m", "f1"],
    ["compare", "ROOT", "-m", "f1", "--format", "csv", "--what", "config"],
    ["compare", "ROOT", "-m", "f1", "--format", "json"],
    ["compare", "ROOT", "-m", "f1", "--format", "markdown"],
    ["doctor", "ROOT"],
    ["doctor", "RUN"],
    ["doctor", "ROOT", "--format", "json"],
    ["doctor", "RUN", "--repair", "--to", "TO/copies"],
    ["verify", "ROOT"],
    ["sql", "select * from runs", "ROOT"],
    ["sql", "select * from epochs, counts", "ROOT", "--format", "csv"],
    ["sql", "select * from epochs", "ROOT", "--format", "json"],
    ["sql", f'select "{name("log")}" from nothing', "ROOT"],
    ["export", "RUN", "--to", "TO/picture.svg", "--layout", "curves matrix samples status"],
    ["export", "RUN", "--to", "TO/report.html"],
    ["export", "ROOT", "--to", "TO/picture.png"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words)[:40].encode("ascii", "replace").decode())
def test_no_command_lets_a_name_reach_the_terminal_as_it_is(folder: Path, tmp_path: Path, words: list[str]) -> None:
    """Neither its result nor what it says, nor the text of the pictures it writes."""
    first = min(folder.iterdir())
    places = {"ROOT": str(folder), "RUN": str(first)}
    given = [places.get(word, word.replace("TO/", f"{tmp_path}/")) for word in words]
    done = invoke(given)
    written = "".join(path.read_text() for path in tmp_path.iterdir() if path.suffix in (".svg", ".html"))
    for sign in ("\x1b", "\x07", "\u202e", "\u2066", "\r", "\x9b", "\x00"):
        assert sign not in done.stdout + done.stderr
        assert sign not in written
    assert done.exit_code == 0 or done.exception is not None


def test_the_python_side_keeps_the_names_as_they_are(folder: Path) -> None:
    """What a program asks by name it finds by name; only what people look at is made fit for the eye."""
    with pytest.warns(RuntimeWarning, match="is left out"):
        first, second = viewer.open_runs(folder)
    assert first.splits() == ["val", name("probe")]
    assert first.manifest.config == {name("key"): name("value0")}
    assert np.isfinite(first.values("f1", name("probe"))).all()
    assert repr(first).isprintable()
    assert first._repr_html_().isprintable()
    assert first.name != second.name
