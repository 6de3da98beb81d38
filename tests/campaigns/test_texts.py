"""Text of a run as people meet it: on every surface what could act is shown, not sent, whatever the text is."""

from __future__ import annotations

import io
import json
import re
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import Future
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
from viewer.dashboard.following import Follow
from viewer.frame import Framer
from viewer.listing.live import LiveRuns
from viewer.reading.watch import Watcher
from viewer.run import open_run
from viewer.surfaces.opening import Opening
from viewer.surfaces.text import dashboard
from viewer.surfaces.web.samples_desk import SamplesDesk
from viewer.surfaces.web.store import Store
from viewer.surfaces.web.visit import Visit
from viewer.surfaces.web.workshop import Workshop

from ..conftest import Effort
from .conftest import Figures

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


@pytest.mark.timeout(7_200)
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
        _page(folder, runs, names)

    each()
    figures(runs=2 * tried, surfaces=len(COMMANDS) + len(FILES) + 8)


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


def _page(folder: Path, runs: list[Path], names: list[str]) -> None:
    """What a page is told in every view, and of what it asks in vain; names by which it asks again stay as they are."""
    with Watcher(folder) as watcher:
        store = Store(Opening(follow=Follow(folder), watcher=watcher, settings=Settings(), files=None))
        store._table, store._workshop, store._desk = LiveRuns(folder), _Here(), SamplesDesk()  # in this thread
        store._desk._pool = _Here()
        for view, asked in _asked([run.name for run in runs], names).items():
            visit = Visit(store)
            for message in asked:
                visit.receive(json.dumps(message))
                store._table.settle()
                while (sheet := visit.beat()) is not None:
                    _check(f"the page, {view}", "\n".join(_words(sheet.words, ASKED_BY.get(view.split()[0], set()))))
                    visit.receive(json.dumps({"type": "ack"}))
                    store._table.settle()
            visit.close()
        store.close()


class _Here:
    """Does at once what a thread or a process would."""

    def __init__(self) -> None:
        self._workshop = Workshop()

    def submit(self, act: Callable[..., Any], *given: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(act(*given))
        return done

    def ask(self, order: Any) -> Future[Any]:
        return self.submit(self._workshop.do, order)

    def close(self) -> None:
        self.shutdown()

    def shutdown(self, **_: Any) -> None:
        """Nothing waits."""


def _asked(runs: list[str], names: list[str]) -> dict[str, list[dict[str, Any]]]:
    """What a page says in each view: what there is to know, then words that nobody has."""
    sizes = {"type": "sizes", "ratio": 1, "panels": [[300, 200]] * 8}
    layout = "curves:f1,loss scores / matrix classes samples / status logs pr"
    over = [{"type": "pointer", "panel": panel, "x": 0.5, "y": 0.5, "what": "over"} for panel in range(8)]
    turns = [{"type": "turn", word: names[3][:500]} for word in ("metrics", "layout", "best", "split", "output")]
    columns = [f"config.{names[3]}", names[7], names[8], f"config.{names[3]}.{names[4]}", "group", "problem", names[0]]
    ask: dict[str, Any] = {"type": "ask", "first": 0, "last": 99, "columns": [name[:500] for name in columns]}
    compare: dict[str, Any] = {"type": "compare"}
    one, both = {"type": "open", "runs": runs[:1]}, {"type": "open", "runs": runs}
    look: dict[str, Any] = {"type": "look", "first": 0, "last": 99}
    return {
        "dashboard": [one | {"view": "dashboard", "at": {"type": "turn", "layout": layout}}, sizes, *over, *turns],
        "runs": [
            both | {"view": "runs"}, ask, ask | {"group": "group"}, ask | {"where": f"name == {names[3][:200]!r}"},
            ask | {"columns": None, "group": names[3][:500], "sort": names[3][:500]}, ask | {"where": names[4][:200]},
        ],
        "compare": [
            both | {"view": "compare"}, sizes, compare, compare | {"at": [names[3][:500]]},
            *(compare | {word: names[3][:500]} for word in ("metrics", "split", "output", "baseline")),
        ],
        "samples": [
            one | {"view": "samples"}, look, look | {"split": names[12][:600]}, look | {"sample": [3, 0]},
            *(look | {word: names[3][:500]} for word in ("split", "output")),
            *(look | {"which": which} for which in ("forgotten", "flipped", "suspects")),
        ],
        "samples of two": [both | {"view": "samples"}, look | {"which": "only-a"}, look | {"which": "only-b"}],
        "nowhere": [{"type": "open", "view": view, "runs": [names[3][:500]]} for view in ("dashboard", "samples")],
    }  # fmt: skip


ASKED_BY = {  # by which a page asks again, and which it does not show as they are
    "dashboard": {"run", "around", "split", "output", "metrics", "layout", "best", "set", "name", "names"},
    "runs": {"key", "newest", "group", "columns"},
    "compare": {"keys", "formulas"},
    "samples": {"run", "runs", "split", "output", "name"},
}
PAIRS = {"splits", "outputs"}  # such names, and the words for them


def _words(tree: Any, asked_by: set[str], key: str = "") -> list[str]:
    if key in asked_by:
        return []
    if isinstance(tree, dict):
        return [word for key, inner in tree.items() for word in _words(inner, asked_by, key)]
    if isinstance(tree, list | tuple) and key in PAIRS and tree and isinstance(tree[0], list | tuple):
        return [words for _, words in tree]
    if isinstance(tree, list | tuple):
        return [word for inner in tree for word in _words(inner, asked_by)]
    return [tree] if isinstance(tree, str) else []


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
