"""A run of 100,000 steps with a point every 100 is on every surface what one of 1,000 epochs is, but for the word.

Both are recorded from the same numbers ("by epoch" and "by steps" of the runs that tests share), so what one surface
shows of them may differ in the word for a point, and in its number, alone.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image
from rich.console import Console

import viewer
from viewer.cli import main
from viewer.comparison.picture import Reel
from viewer.config import Settings
from viewer.dashboard.figure import Dashboard, default_layout
from viewer.dashboard.following import Fixed
from viewer.doctor import examine
from viewer.drawing.theme import LIGHT
from viewer.export.film import Cut, film
from viewer.export.look import Look
from viewer.export.report import report
from viewer.frame import Framer
from viewer.reading.watch import Watcher
from viewer.run import Run
from viewer.surfaces.opening import Opening
from viewer.surfaces.text.dashboard import dashboard, line
from viewer.surfaces.web.store import Store
from viewer.surfaces.web.visit import Visit

Runs = Mapping[str, Framer]
EVERY = "curves scores pr roc matrix / threshold surface calibration classes / samples status logs"
_EPOCH = re.compile(r"\bepochs?\b(?!\.jsonl)", re.IGNORECASE)
_STEP = re.compile(r"\bsteps?\b", re.IGNORECASE)


def words_of(figure: Any) -> list[str]:
    """Every text of a figure."""
    return [text.get_text() for text in figure.findobj(Text) if text.get_text().strip()]


def told_apart(epochs: str, steps: str) -> None:
    """Each says its own word, and not the other one's; names of the runs and the step rate are set aside."""
    epochs, steps = (re.sub(r"by epoch|by steps|steps\s+a\s+second|step_rate", "", words) for words in (epochs, steps))
    assert _EPOCH.search(epochs)
    assert _STEP.search(steps)
    assert (_STEP.findall(epochs), _EPOCH.findall(steps)) == ([], [])


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What a command prints."""

    def run(*words: str) -> str:
        monkeypatch.setattr("sys.argv", ["epochreel", *words])
        monkeypatch.setenv("COLUMNS", "300")
        with pytest.raises(SystemExit) as end:
            main()
        found = capsys.readouterr()
        assert end.value.code == 0, found.err
        return found.out

    return run


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("size", "layout"),
    [
        pytest.param((360, 640), "", marks=pytest.mark.campaign),
        ((1280, 780), EVERY),
        pytest.param((3840, 2160), "", marks=pytest.mark.campaign),
    ],
)
def test_pictures_differ_in_the_word(runs: Runs, size: tuple[int, int], layout: str) -> None:
    """Title, axes, legends and notes of the panels, at a small, a usual and a large size."""

    def said(framer: Framer) -> list[str]:
        figure = Figure(figsize=(size[0] / 100, size[1] / 100), dpi=100)
        FigureCanvasAgg(figure)
        frame = framer.frame(599)
        Dashboard(figure, layout or default_layout(frame), theme=LIGHT).update(frame)
        return [words for words in words_of(figure) if not re.fullmatch(r"[\d.,k−]+", words)]

    epochs, steps = said(runs["by epoch"]), said(runs["by steps"])
    told_apart("\n".join(epochs), "\n".join(steps))
    assert any("step 60,000" in words for words in steps)


@pytest.mark.campaign
def test_the_terminal(runs: Runs) -> None:
    """Chart, table and line of the same lengths, in the words of each."""

    def said(framer: Framer) -> str:
        console = Console(file=io.StringIO(), width=120, height=40)
        console.print(dashboard(framer.frame(499), width=120, height=40))
        return console.file.getvalue() + line(framer.frame(499))  # type: ignore[attr-defined] # it is the StringIO

    epochs, steps = said(runs["by epoch"]), said(runs["by steps"])
    told_apart(epochs, steps)
    assert "step 50,000 · 100,000 of 100,000 done" in steps
    assert "100k" in steps


@pytest.mark.parametrize("format", ["csv", "json"])
def test_metrics_are_the_same_numbers(runs: Runs, ask: Callable[..., str], format: str) -> None:
    """Both have a column for each of the two numbers; the values are equal."""
    found = {
        name: ask("metrics", str(runs[name].run.folder), "-m", "mcc", "--format", format)
        for name in ("by epoch", "by steps")
    }
    if format == "json":
        rows = {name: json.loads(text) for name, text in found.items()}
        assert [row["val:MCC" if "val:MCC" in row else "val:mcc"] for row in rows["by steps"]] == [
            row["val:MCC" if "val:MCC" in row else "val:mcc"] for row in rows["by epoch"]
        ]
        assert [(row["step"], row["epoch"]) for row in rows["by steps"][19:21]] == [(2000, 0), (2100, 1)]
        assert [(row["step"], row["epoch"]) for row in rows["by epoch"][19:21]] == [(2000, 19), (2100, 20)]
    else:
        heads = {name: text.splitlines()[0].split(",")[:2] for name, text in found.items()}
        assert heads == {"by epoch": ["epoch", "step"], "by steps": ["step", "epoch"]}
        values = {name: [row.split(",")[2:] for row in text.splitlines()[1:]] for name, text in found.items()}
        assert values["by steps"] == values["by epoch"]


def test_commands_name_a_point(runs: Runs, ask: Callable[..., str], tmp_path: Path) -> None:
    """`--at` has one meaning in metrics, choose, samples, export; a number alone is in the run's own unit."""
    steps, epochs = str(runs["by steps"].run.folder), str(runs["by epoch"].run.folder)
    same = [("step:50000", "50000", steps), ("epoch:24", "step:50000", steps), ("step:50000", "499", epochs)]
    for one, other, run in same:
        first, second = (ask("metrics", run, "-m", "mcc", "--at", at, "--format", "csv") for at in (one, other))
        assert first == second
        assert len(first.splitlines()) == 2
    assert ask("choose", steps, "--at", "epoch:24").splitlines()[1].startswith("threshold ")
    assert "at step 50,000" in ask("choose", steps, "--at", "epoch:24")
    assert "at epoch 499" in ask("choose", epochs, "--at", "step:50000")
    ask("export", steps, "--to", str(tmp_path / "t.csv"), "--at", "epoch:24", "--what", "curves")
    assert (tmp_path / "t.csv").read_text().splitlines()[1].startswith("50000,")
    ask("export", steps, "--to", str(tmp_path / "s.csv"), "--at", "step:50000", "--what", "samples")
    assert {row.split(",")[0] for row in (tmp_path / "s.csv").read_text().splitlines()} == {"step", "50000"}


def test_the_list_has_both(runs: Runs, ask: Callable[..., str]) -> None:
    """Epochs, steps, points and rates are columns; how far it is says what it counts in."""
    columns = ["unit", "epochs", "steps", "points", "step_rate", "validation_share"]
    found = {
        name: ask("list", str(runs[name].run.folder.parent), *(f"-m{column}" for column in columns), "--format", "json")
        for name in ("by epoch", "by steps")
    }
    rows = {name: json.loads(text)[0] for name, text in found.items()}
    assert [rows["by steps"][column] for column in columns] == ["step", 50, 100_000, 1000, 400.0, 0.25]
    assert [rows["by epoch"][column] for column in columns] == ["epoch", 1000, 100_000, 1000, 400.0, 0.25]
    assert "100,000/100,000 steps" in ask("list", str(runs["by steps"].run.folder.parent))


@pytest.mark.campaign
def test_files_say_it_too(runs: Runs, tmp_path: Path) -> None:
    """Report, page of a film, films and still pictures are written, and their words are those of steps."""
    cut, look, framer = Cut(positions=[0, 499, 999]), Look(size=(640, 480)), runs["by steps"]
    report(framer, tmp_path / "report.html", look=look)
    for file in ("film.html", "film.mp4", "film.gif"):
        film(framer, tmp_path / file, cut=cut, look=look)
    for file in ("still.png", "still.svg"):
        framer.run.save(tmp_path / file, epoch="step:50000", size=(640, 480))
    with Image.open(tmp_path / "film.gif") as moving, Image.open(tmp_path / "still.png") as still:
        assert (moving.n_frames, still.size) == (3, (640, 480))  # type: ignore[attr-defined] # a GIF has it
    assert min((tmp_path / file).stat().st_size for file in ("film.mp4", "still.svg")) > 1000
    report_, film_ = (_visible((tmp_path / page).read_text()) for page in ("report.html", "film.html"))
    assert [_EPOCH.findall(words) for words in (report_, film_)] == [[], []]
    assert "The last step" in report_
    assert '"step 50,000"' in film_


def test_doctor(runs: Runs, ask: Callable[..., str]) -> None:
    """What is well is said in the run's word."""
    assert "finished, 1,000 points; nothing is wrong" in ask("doctor", str(runs["by steps"].run.folder))
    assert "finished, 1,000 epochs; nothing is wrong" in ask("doctor", str(runs["by epoch"].run.folder))
    assert examine(runs["by steps"].run.folder).unit == "step"


def test_runs_of_both_kinds_are_compared_over_steps(runs: Runs) -> None:
    """Without being asked: their curves lie on one another, and the values of each point are equal."""
    found = viewer.compare([runs["by epoch"].run, runs["by steps"].run], ["mcc"])
    assert found.query.align == "step"
    one, other = Reel(found).still.overlays[0].named
    np.testing.assert_array_equal(one.epochs, other.epochs)
    np.testing.assert_array_equal(one.values, other.values)
    curves = found.curves.set_index(["run", "step"])["value"].unstack("run")
    np.testing.assert_array_equal(curves["by epoch"], curves["by steps"])


def test_runs_of_both_kinds_are_laid_over_one_another(runs: Runs) -> None:
    """In the unit of the run in focus; at its cursor both have the value of the same step."""
    for first, second in (("by epoch", "by steps"), ("by steps", "by epoch")):
        framer = Framer(runs[first].run, others=(runs[second].run,))
        frame = framer.frame(499)
        x = frame.x_of(runs[second].run)
        if first == "by steps":
            np.testing.assert_array_equal(x, frame.epochs)
            assert frame.of(2).position == 499
        else:
            assert x[-1] == pytest.approx(49)  # 100,000 steps are 50 epochs of that run
        assert len(words_of(_drawn(framer, "curves:mcc"))) > 3


def test_a_run_without_a_place_on_the_axis_is_told_of(runs: Runs) -> None:
    """It has no curve, a note says why, and what is shown of it alone is its newest."""
    framer = Framer(runs["by steps"].run, others=(runs["short"].run,))
    frame = framer.frame(499)
    assert frame.unplaced == ["short"]
    assert frame.of(2).position == 2
    words = " ".join(words_of(_drawn(framer, "curves:mcc"))).replace("\n", " ")
    assert "without a curve, as no steps of it are known: short" in words


def _drawn(framer: Framer, layout: str) -> Any:
    figure = Figure(figsize=(9, 6), dpi=100)
    FigureCanvasAgg(figure)
    Dashboard(figure, layout, theme=LIGHT).update(framer.frame(499))
    return figure


@pytest.fixture
def store_of() -> Iterator[Callable[[Run], Store]]:
    """The runs of a page."""
    with ExitStack() as stack:

        def make(run: Run) -> Store:
            follow = Fixed([run])
            watcher = stack.enter_context(Watcher(follow.folder))
            return Store(Opening(follow=follow, watcher=watcher, settings=Settings()))

        yield make


@pytest.mark.campaign
def test_the_page(runs: Runs, store_of: Callable[[Run], Store]) -> None:
    """What a tab is told, the descriptions of its pictures too, and the address in which a point stands."""

    def told(run: Run, **at: Any) -> dict[str, Any]:
        visit, words = Visit(store_of(run)), dict[str, Any]()

        def say(type: str, **more: Any) -> None:
            visit.receive(json.dumps({"type": type, **more}))
            while (sheet := visit.beat()) is not None:
                words.update(sheet.words)
                visit.receive('{"type": "ack"}')

        say("open", view="dashboard", at={"type": "turn", "layout": EVERY, **at})
        say("sizes", ratio=1, panels=[[400, 260]] * 12)
        return words

    steps, epochs = told(runs["by steps"].run, at="step:50000"), told(runs["by epoch"].run, epoch=499)
    assert (steps["unit"], steps["set"]["at"]) == ("step", "step:50000")
    assert (epochs["unit"], epochs["set"]["epoch"]) == ("epoch", 499)
    assert (steps["epochs"]["position"], steps["epochs"]["epoch"]) == (499, 50_000)
    assert told(runs["by steps"].run, at="epoch:24")["epochs"] == steps["epochs"]
    assert told(runs["by epoch"].run, at="step:50000")["epochs"] == epochs["epochs"]
    assert (steps["keys"]["home / end"], epochs["keys"]["home / end"]) == (
        "first step / newest, and live again", "first epoch / newest, and live again",
    )  # fmt: skip
    shown = ("standing", "facts", "pictures", "trouble")
    told_apart(*(json.dumps([words[name] for name in shown]) for words in (epochs, steps)))


def _visible(page: str) -> str:
    """The text of a page, and what its pictures are called; without what is drawn, and code."""
    labels = " ".join(re.findall(r'aria-label="([^"]*)"', page))
    names = " ".join(re.findall(r"names = (\[[^\]]*\])", page))
    text = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL)
    return f"{text} {labels} {names}".replace("epochreel", "")
