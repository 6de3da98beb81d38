"""Escapes and exhaustion in what people type (`-m`, `--where`, `--layout`): a clear error, soon, and nothing runs."""

from __future__ import annotations

import re
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from recorder import RunWriter
from viewer.dashboard.layout import parse_layout
from viewer.formulas import FormulaError, parse_spec, split_formulas
from viewer.listing.where import parse_where
from viewer.panels import PanelError
from viewer.run import Run, open_run

from ..conftest import Effort
from .conftest import Figures

SECONDS, BYTES = 1.0, 64 * 2**20
FORBIDDEN = ("exec", "os.", "subprocess.", "socket.", "ctypes.", "import", "open", "shutil.", "pickle.", "code.__new__")
NAMES = [
    "tp", "fp", "tn", "fn", "f1", "loss", "`a/b`", "matrix", "scores", "y_true", "config.lr", "config", "epochs",
    "__import__", "__builtins__", "self", "values", "np", "x" * 200, "ｆ１", "tр", "_name0", "_name1", "ｅｘｅｃ",
    "print", "train:f1", "f1@0.3", "recall@macro", "best(f1)", "fbeta", "sqrt", "maximum", "lambda: 0", "None", "...",
]  # fmt: skip
NUMBERS = [
    "0", "1", "-1", "1e308", "1e999", "9" * 300, "0x" + "f" * 200, "1j", "1_0", "True", "nan", "64", "65", "1e-400",
]  # fmt: skip
TEXTS = ["'a'", '"b"', "b'x'", "f'{tp}'", "'''", "'", '"', "\\", "'\\x00'", "'" + "x" * 300 + "'"]
SHAPES = [
    "{0} + {1}", "{0} / {1}", "{0} ** {1}", "{0} ** {0} ** {1}", "({0})", "-{0}", "not {0}", "{0}.{1}", "{0}[{1}]",
    "{0}({1})", "{0}.__class__", "{0}.__class__.__mro__[1].__subclasses__()", "getattr({0}, {1})", "[{0} for x in {1}]",
    "lambda x={0}: {1}", "{0} if {1} else {0}", "{0}, {1}", "({0}, {1})", "[{0}]", "{{{0}: {1}}}", "{0} < {1}",
    "{0} < {1} < {0}", "{0} in {1}", "{0} and {1}", "{0} @ {1}", "{0}@{1}", "{0}@{1}@{0}", "`{0}`", "{0}:{1}",
    "{0};{1}",
    "{0} := {1}", "await {0}", "*{0}", "**{0}", "{0} % {1}", "{0} // {1}", "{0} << {1}", "~{0}", "fbeta(beta={1})",
    "fbeta({0})", "maximum({0}, {1})", "sqrt({0})", "exp({0})", "log({0})", "import {0}", "{0}\n{1}", "#{0}", "{0} #",
    "exec({0})", "__import__('os').system('touch {1}')", "curves:{0}", "{0} / {1}[2]", "matrix[{1}]", "scores@{1}",
    "{0}[{1}] {0}", "curves:'{0}',{1}",
]  # fmt: skip
MANY = [
    "`@", "(", ")", "[", "-", "not ", "tp+", "tp**", "a.", "f1@", "'", '"', "@", ":", "\\", "{", " ", "\t", "\n", "1,",
        "tp if ", "lambda:", "x<", "[1", "/ ", "0", "é", "\u202e", "\x00", "\ud800", "curves ", "'a' ",
]  # fmt: skip


def expression(random: Random) -> str:
    """Something that somebody might type who means harm, or has fallen asleep on a key."""
    if random.random() < 0.15:
        return random.choice(MANY) * random.choice([1, 39, 41, 90, 250, 999, 10_000, 100_000]) + random.choice(NAMES)
    text = random.choice(NAMES)
    for _ in range(random.choice([1, 1, 2, 3, 5, 30])):
        parts = [text, random.choice([text, *NAMES, *NUMBERS, *TEXTS])[:400]]
        text = random.choice(SHAPES).format(*(parts if random.random() < 0.7 else parts[::-1]))[:3_000]
    if random.random() < 0.2:
        at = random.randrange(len(text) + 1)
        text = text[:at] + random.choice(MANY) + text[at:]
    return text


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of three classes."""
    rng = np.random.default_rng(0)
    with RunWriter(tmp_path_factory.mktemp("runs"), thresholds=[0.25, 0.5, 0.75]) as writer:
        for epoch in range(3):
            arrays = rng.integers(0, 3, 20), rng.dirichlet(np.ones(3), 20)
            writer.epoch(epoch, logs={"loss": 1.0, "a/b": 2.0}, train=arrays, val=arrays)
    global _own
    _own = str(writer.folder)
    return open_run(writer.folder)


_watched: list[str] | None = None


_own = "a folder"  # of the run, from which a formula reads counts; what it opens there it then reads by descriptor


def _audit(event: str, arguments: Any) -> None:
    place = arguments[0] if arguments and event in ("open", "os.listdir", "os.scandir") else ""
    if isinstance(place, int) or str(place).startswith(_own):
        return
    if _watched is not None and event.startswith(FORBIDDEN):
        _watched.append(f"{event} {str(arguments)[:100]}")


@contextmanager
def nothing_runs() -> Iterator[None]:
    """Fails where anything is executed, imported or opened meanwhile."""
    global _watched
    _watched = []
    try:
        yield
        assert not _watched, _watched
    finally:
        _watched = None


def _asked(run: Run) -> dict[str, Callable[[str], Any]]:
    values = {"epochs": 3, "loss": 1.0, "name": "x", "config.lr": 0.1}

    def where(text: str) -> Any:
        test, _ = parse_where(text)
        return test(values.get)

    return {
        "formula": lambda text: run.metric(text), "where": where, "layout": parse_layout, "list": split_formulas,
        "spec": parse_spec,
    }  # fmt: skip


def _outcome(ask: Callable[[str], Any], text: str, what: str) -> str:
    """What the error says; nothing where there is none."""
    try:
        with nothing_runs(), warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            ask(text)
    except (FormulaError, PanelError) as error:
        return str(error)
    except Exception as error:
        if type(error) is ValueError and re.search(r"\b(must|may|takes)\b", str(error)):
            return str(error)
        raise AssertionError(f"{what}: {text[:300]!r}: {type(error).__name__}: {error}") from error
    return ""


def test_no_expression_runs_anything_or_takes_long(run: Run, tmp_path: Path, effort: Effort, figures: Figures) -> None:
    """Each is a value or one sentence of at most 5,000 characters, in a second of the processor and 64 MiB."""
    sys.addaudithook(_audit)
    asked, random, slowest, refused = _asked(run), Random(7), 0.0, 0
    for ask in asked.values():
        ask("f1")  # what is imported once
    count = effort(500, 400_000)
    end = time.monotonic() + max(60, 3_600 * count / 400_000)
    tracemalloc.start()
    done = 0
    always = [(many * 100_000, what) for many in MANY for what in asked]
    while done < count and time.monotonic() < end:
        text, what = always.pop() if always else (expression(random), random.choice(list(asked)))
        ask = asked[what]
        done += 1
        tracemalloc.reset_peak()
        began = time.process_time()
        said = _outcome(ask, text, what)
        took = time.process_time() - began
        refused += said != ""
        assert len(said) < 5_000, (what, text[:300], len(said))
        assert took < SECONDS, (what, took, text[:300])
        assert tracemalloc.get_traced_memory()[1] < BYTES, (what, text[:300])
        slowest = max(slowest, took)
    tracemalloc.stop()
    assert not list(tmp_path.iterdir())
    figures(expressions=done, refused=refused, slowest_ms=round(slowest * 1e3))
