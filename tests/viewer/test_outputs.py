"""A model with several outputs: any of them can be looked at, and it is said which one it is of how many."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.backend_bases import KeyEvent
from matplotlib.backends.backend_webagg_core import FigureCanvasWebAggCore, FigureManagerWebAgg
from matplotlib.figure import Figure

import viewer
from recorder import RunWriter
from tests.commands import invoke
from viewer.dashboard.following import Fixed
from viewer.dashboard.header import facts
from viewer.dashboard.session import KEYS, LEVEL, Session
from viewer.export.report import report
from viewer.frame import Framer, Knobs
from viewer.panels.curves.numbers import curves
from viewer.panels.samples.numbers import samples
from viewer.reading.watch import Watcher
from viewer.run import Run
from viewer.surfaces.live import Live


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """A binary run, and one of three classes on the same epochs."""
    rng, found = np.random.default_rng(5), {}
    for name, classes in (("sick", 2), ("which", 3)):
        truth = rng.integers(0, classes, 50)
        with RunWriter(tmp_path_factory.mktemp("part"), name=name) as writer:
            for epoch in range(4):
                scores = rng.dirichlet(np.ones(classes), 50)
                writer.epoch(epoch, logs={"loss": 1.0}, val=(truth, scores[:, 1] if classes == 2 else scores))
        found[name] = viewer.open_run(writer.folder)
    return found


@pytest.fixture(scope="module")
def both(parts: dict[str, Run], join_outputs: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of both as outputs."""
    return viewer.open_run(join_outputs(tmp_path_factory.mktemp("runs"), parts))


def test_an_output_is_asked_as_a_run_of_its_own_would_be(parts: dict[str, Run], both: Run) -> None:
    """Values, bands, samples, curves and the data map of each output are those of the run it was made of."""
    for name, own in parts.items():
        np.testing.assert_array_equal(both.values("mcc", output=name), own.values("mcc"))
        np.testing.assert_array_equal(both.band("f1@1", output=name), own.band("f1@1"))
        pd.testing.assert_frame_equal(both.samples(output=name), own.samples())
        here, there = (Framer(run, Knobs(output=asked)).frame() for run, asked in ((both, name), (own, None)))
        assert [curve.now for curve in curves(here).curves] == [curve.now for curve in curves(there).curves]
        assert here.classes == there.classes
        one, other = samples(here), samples(there)
        assert one is not None
        assert other is not None
        np.testing.assert_array_equal(one.now, other.now)
        np.testing.assert_array_equal(here.confusion(), there.confusion())


def test_the_header_says_which_output_of_how_many(both: Run, parts: dict[str, Run], tmp_path: Path) -> None:
    """Only where there are several; so does a report, and a run that has not the one that was asked for says so."""
    assert facts(Framer(both).frame()).startswith("output sick, 1 of 2 · validation · 50 samples")
    assert facts(Framer(both, Knobs(output="which")).frame()).startswith(
        "output which, 2 of 2 · validation · 50 samples"
    )
    assert facts(Framer(parts["sick"]).frame()).startswith("validation · 50 samples")
    assert facts(Framer(parts["sick"], Knobs(output="which")).frame()).startswith("this run has no output which · ")
    report(Framer(both, Knobs(output="which")), tmp_path / "report.html")
    assert "output which, 2 of 2" in (tmp_path / "report.html").read_text()


def test_the_key_o_shows_the_next_output_and_then_the_first_again(both: Run) -> None:
    """With the panels that its kind is shown by, and all of its classes; the list of keys has it."""
    session = Session(Fixed([both]))
    live = Live(Figure(figsize=(9, 6)), session, watcher=Watcher(both.folder))
    binary = [type(panel) for panel in live.dashboard.panels]
    session.turn(label=1)
    seen = []
    for _ in range(3):
        assert session.press("o", 0.0)
        live.beat()
        frame = session.frame()
        seen.append((frame.output_name, frame.knobs.label, [type(panel) for panel in live.dashboard.panels] == binary))
    assert seen == [("which", None, False), ("sick", None, True), ("which", None, False)]
    assert KEYS["o"] == "next output"


def test_no_key_is_matplotlibs_own_too(both: Run) -> None:
    """On the canvas of a browser `l` and `k` made the axes under the mouse logarithmic, whatever the panel did."""
    figure = Figure(figsize=(9, 6))
    manager = FigureManagerWebAgg(FigureCanvasWebAggCore(figure), 1)
    live = Live(figure, Session(Fixed([both])), watcher=Watcher(both.folder))
    manager.canvas.draw()
    axes = live.dashboard.cells[0].axes[0]
    x, y = axes.transAxes.transform((0.5, 0.5))
    for key in [*KEYS, *"gklopqs", "left", "right", "home"]:
        KeyEvent("key_press_event", figure.canvas, key, x, y)._process()
        assert (axes.get_xscale(), axes.get_yscale()) == ("linear", "linear"), key


@pytest.mark.parametrize(("start", "on"), [(0.5, 0.5), (0.95, 0.95), (0.0, LEVEL)])
def test_bands_come_back_at_the_level_they_had(both: Run, start: float, on: float) -> None:
    """`b` twice gives `--band 0.5` back and not 0.95; bands that were off from the start come at the usual level."""
    session = Session(Fixed([both], Knobs(band=start)))
    levels = []
    for _ in range(4):
        session.press("b", 0.0)
        levels.append(session.frame().knobs.band)
    assert levels == ([0.0, on] * 2 if start else [on, 0.0] * 2)


COMMANDS = {
    "metrics": ["RUN"], "list": ["ROOT", "-m", "mcc"], "choose": ["RUN"], "samples": ["RUN"],
    "export": ["RUN", "--to", "OUT/x.png"], "compare": ["RUN", "RUN2"], "replay": ["RUN"], "watch": ["RUN", "--text"],
}  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_output_is_one_sentence_with_the_known_ones(both: Run, tmp_path: Path, command: str) -> None:
    """Whatever the command."""
    import shutil

    other = Path(shutil.copytree(both.folder, tmp_path / "other"))
    places = {"RUN2": str(other), "RUN": str(both.folder), "ROOT": str(both.folder.parent), "OUT": str(tmp_path)}
    words = COMMANDS[command]
    for name, place in places.items():
        words = [word.replace(name, place) if not word.startswith(str(tmp_path)) else word for word in words]
    result = invoke([command, *words, "--output", "whose"])
    assert isinstance(result.exception, ValueError)
    assert str(result.exception) == "output must be one of ['sick', 'which']. Received: 'whose'"


@pytest.mark.parametrize("label", ["1", "2", "0"])
def test_choose_takes_a_class_by_its_number(both: Run, label: str) -> None:
    """As `recall@2` does; `choose --class 2` was refused."""
    words = ["choose", str(both.folder), "--output", "which", "--class", label, "--format", "csv", "--repeats", "1"]
    result = invoke(words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    table = pd.read_csv(io.StringIO(result.stdout))
    epoch, threshold = int(table["epoch"][0]), float(table["threshold"][0])
    f1 = both.values("f1", output="which", threshold=threshold, average=int(label))[epoch]
    assert table.set_index(table.columns[0])["value"]["F1"] == pytest.approx(f1)


def test_a_comparison_says_which_output_it_compares(both: Run, parts: dict[str, Run], tmp_path: Path) -> None:
    """Of models with several; and that runs have not the same outputs."""
    import shutil

    other = viewer.open_run(shutil.copytree(both.folder, tmp_path / "other"))
    notes = viewer.compare([both, other], ["mcc"], output="which").notes
    assert "Of the outputs sick, which the one compared is which." in notes
    mixed = viewer.compare([both, parts["sick"]], ["mcc"]).notes
    assert any(note.startswith("The runs have not the same outputs, compared is the first of each.") for note in mixed)


def test_exported_scalars_are_of_each_output(both: Run, tmp_path: Path) -> None:
    """TensorBoard gets the formulas of every output, under its name; of one that is named under the usual tag."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    from viewer.export.tensorboard import export_tensorboard

    def tags(folder: Path) -> set[str]:
        reader = EventAccumulator(str(folder / "validation"))
        reader.Reload()
        return {tag for tag in reader.Tags()["scalars"] + reader.Tags()["tensors"] if "MCC" in tag}

    assert tags(export_tensorboard(both, tmp_path / "all", metrics=["mcc"])) == {"sick/MCC", "which/MCC"}
    assert tags(export_tensorboard(both, tmp_path / "one", metrics=["mcc"], output="which")) == {"MCC"}
