"""Text of a run as people meet it: on every surface what could act is shown, not sent, whatever the text is."""

from __future__ import annotations

import io
import json
import re
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("agg")

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from rich.console import Console

from recorder import RunWriter
from recorder.runfile.names import listed, path_part, shown, shown_lines, slug
from viewer.cli import main
from viewer.config import Settings
from viewer.dashboard.following import Fixed
from viewer.frame import Framer
from viewer.reading.watch import Watcher
from viewer.run import open_run
from viewer.surfaces.opening import Opening
from viewer.surfaces.text import dashboard
from viewer.surfaces.web.store import Store
from viewer.surfaces.web.visit import Visit

from .conftest import Effort, Figures

ACTS = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
PIECES = st.one_of(
    st.characters(min_codepoint=0, max_codepoint=0x9F),
    st.sampled_from("\u061c\u200b\u200d\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ufeff\U000e0041"),
    st.sampled_from(["\x1b[2J", "\x1b]0;t\x07", "\x1b]8;;http://x\x1b\\", "\x9b31m", "\r", "\b\b", "\x0e", "[red]"]),
    st.sampled_from(["$", "$$", "$\\frac{", "$x^{", "\\", "{", "%s", "<script>", "&amp;", "</", "'", '"', "`", "@"]),
    st.sampled_from(["a\u0301\u0327", "\u0e33" * 5, "e" + "\u0300" * 40, "שלום", "猫", "\U0001f468\u200d\U0001f469"]),
    st.just("x" * 3_000),
)  # fmt: skip
TEXTS = st.lists(PIECES, min_size=1, max_size=12).map("".join)
ANY = st.one_of(
    TEXTS, st.text(), st.text(alphabet=st.characters(categories=["Cs", "Cc", "Cf", "Co", "Cn", "Mn", "Zs"]))
)
SETTINGS = settings(deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


def test_the_one_place(effort: Effort, figures: Figures) -> None:
    """`shown` gives one bounded line in which nothing acts, twice the same; a file's name is one part of a path."""

    @seed(1)
    @settings(SETTINGS, max_examples=effort(300, 200_000))
    @given(ANY)
    def each(text: str) -> None:
        for made in (shown(text), slug(text), path_part(text), listed([text] * 11)):
            assert not ACTS.search(made)
            assert "\n" not in made
            assert len(made) < 700
            made.encode()
        assert shown(shown(text)) == shown(text)
        assert not ACTS.search(shown_lines(text))
        assert path_part(text) not in ("", ".", "..")
        assert Path(path_part(text)).name == path_part(text)
        assert len(path_part(text).encode()) <= 60

    each()
    figures(texts=effort(300, 200_000))


def test_every_surface(tmp_path: Path, effort: Effort, figures: Figures, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of everything in a run: in terminal, warnings, pictures, pages, reports, films, galleries."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
    (tmp_path / "show.py").write_text("def show(sample, id):\n    return {str(id): str(id)}\n")
    tried = 0

    @seed(2)
    @settings(SETTINGS, max_examples=effort(1, 200))
    @given(st.lists(TEXTS, min_size=14, max_size=14, unique=True))
    def each(names: list[str]) -> None:
        nonlocal tried
        tried += 1
        folder = tmp_path / f"runs-{tried}"
        runs = _recorded(folder, names)
        _terminal(folder, runs, names)
        _files(tmp_path, runs)
        _page(folder, runs[0])

    each()
    figures(runs=2 * tried, surfaces=len(COMMANDS) + len(FILES) + 3)


def _recorded(folder: Path, names: list[str]) -> list[Path]:
    """Two runs on the same samples in which every name is one of these; what the recorder says is looked at as well."""
    rng, found = np.random.default_rng(0), []
    classes = [f"{name}{at}" for at, name in enumerate(names[:3])]
    ids = [f"{at}{names[at % 3]}"[:900] for at in range(12)]
    with warnings.catch_warnings(record=True) as told, redirect_stderr(io.StringIO()) as said:
        warnings.simplefilter("always")
        for number in range(2):
            config, logs = (
                {names[3]: {names[4]: names[5 + number]}},
                {"loss": 1.0, names[7]: 2.0, names[8]: float("nan")},
            )
            with RunWriter(
                folder, name=names[9 + number], group=names[11], config=config, class_names=classes, alerts=True,
                sample_ids={names[12]: ids, "val": ids}, thresholds=[0.25, 0.5, 0.75],
            ) as run:  # fmt: skip
                truth = np.arange(12) % 3
                for epoch in range(3):
                    splits = {
                        "val": (truth, rng.dirichlet(np.ones(3), 12)),
                        names[12]: (truth, rng.dirichlet([1] * 3, 12)),
                    }
                    run.epoch(epoch, logs=logs, observed={names[13]: np.ones(2)}, **splits)
                found.append(run.folder)
    _check("what the recorder says", said.getvalue())
    for one in told:
        _check("a warning of the recorder", str(one.message))
    return found


COMMANDS = [
    "list DIR -m name -m group -m problem", "list DIR --format csv", "list DIR --format json", "metrics RUN",
    "metrics RUN --split SPLIT", "metrics RUN --format csv", "metrics RUN --format json", "choose RUN --class 1",
    "samples RUN", "samples RUN --split SPLIT --format csv", "samples RUN --format json", "compare DIR",
    "compare DIR --format markdown", "compare DIR --format json", "compare DIR --format csv --what config",
    "doctor DIR", "doctor DIR --format json", "metrics RUN --split nope", "metrics RUN --output nope",
    "samples RUN --class nope",
]  # fmt: skip
FILES = [
    "RUN --to picture.svg --layout 'curves scores / matrix classes samples / status pr roc'", "RUN --to report.html",
    "RUN --to film.html --size 400x300", "RUN --to samples.html --samples show.py", "DIR --to comparison.svg",
]  # fmt: skip


def _terminal(folder: Path, runs: list[Path], names: list[str]) -> None:
    words = {"DIR": str(folder), "RUN": str(runs[0]), "SPLIT": names[12]}
    for command in COMMANDS:
        code, out, err = _said([words.get(word, word) for word in command.split()])
        assert code in (0, 1, 2), (command, code)
        assert "Traceback" not in err
        _check(command, out + err)
        if "json" in command:
            json.loads(out)
    console = Console(file=io.StringIO(), width=120, height=40, color_system=None)
    console.print(dashboard(Framer(open_run(runs[0])).frame(), width=120, height=40))
    _check("--text", console.file.getvalue())  # type: ignore[attr-defined] # a StringIO
    _check("repr", repr(open_run(runs[0])) + open_run(runs[0])._repr_html_())


def _files(folder: Path, runs: list[Path]) -> None:
    import shlex

    for command in FILES:
        verb = "compare" if command.startswith("DIR") else "export"
        words = [{"DIR": str(runs[0].parent), "RUN": str(runs[0])}.get(word, word) for word in shlex.split(command)]
        code, out, err = _said([verb, *words])
        assert code == 0, (command, err[-500:])
        assert "Warning" not in err, err
        _check(command, out + err)
        text = (folder / words[2]).read_text()
        _check(words[2], text)
        assert "<script>" not in re.sub(
            r"<script>\s*(//.*|const|\(|\"use|let|var|document|window|function)", "", text
        ), words[2]


def _page(folder: Path, run: Path) -> None:
    """What a page is told of a run, and of all of them; names by which it asks again stay as they are."""
    with Watcher(folder) as watcher:
        store = Store(Opening(follow=Fixed([open_run(run)]), watcher=watcher, settings=Settings(), files=None))
        visit = Visit(store)
        visit.receive(json.dumps({"type": "open", "view": "dashboard", "runs": [], "at": {"type": "turn"}}))
        while (sheet := visit.beat()) is not None:
            _check("the page", "\n".join(_words(sheet.words)))
            visit.receive(json.dumps({"type": "ack"}))
        visit.close()


ASKED_BY = {"name", "value", "split", "output", "key", "runs", "at", "run", "text"}  # by which a page asks again


PAIRS = {"splits", "outputs"}  # such names, and the words for them


def _words(tree: Any, key: str = "") -> list[str]:
    if isinstance(tree, dict):
        return [word for key, inner in tree.items() for word in _words(inner, key)]
    if isinstance(tree, list | tuple) and key in PAIRS:
        return [words for _, words in tree]
    if isinstance(tree, list | tuple):
        return [word for inner in tree for word in _words(inner, key)]
    return [tree] if isinstance(tree, str) and key not in ASKED_BY else []


def _said(words: list[str]) -> tuple[int, str, str]:
    before, sys.argv, code = sys.argv, ["epochreel", *words], 0
    try:
        with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
            main()
    except SystemExit as error:
        code = int(error.code or 0)
    finally:
        sys.argv = before
    return code, out.getvalue(), err.getvalue()


def _check(where: str, text: str) -> None:
    found = ACTS.search(text.replace("\u200d", ""))
    if found is not None:
        around = text[max(found.start() - 60, 0) : found.start() + 20]
        raise AssertionError(f"{where}: {found[0]!a} in {around!a}")
