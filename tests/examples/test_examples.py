"""Each example runs as it stands, leaves a run that can be read, and its next command works when copied."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

import viewer
from viewer.run import Run

EXAMPLES = Path(__file__).parents[2] / "examples"
TRAINED = {
    "imbalanced": ["imbalanced.py", "--epochs", "2", "--verbose", "2"],
    "four_counts": ["four_counts.py", "--epochs", "2"],
    "digits": ["digits.py", "--epochs", "2"],
    "is it an 8": ["digits.py", "--one", "8", "--epochs", "2"],
    "custom_loop": ["custom_loop.py", "--epochs", "2"],
    "early_stopping": ["early_stopping.py", "--epochs", "2"],
}
SEARCHES = {"optuna": "optuna_search.py", "keras_tuner": "keras_tuner_search.py"}
# One interpreter for all: TensorFlow takes its seconds once. At the end, what `imbalanced.py` is made of.
ONE_AFTER_ANOTHER = """
import contextlib, json, runpy, sys
sys.path.insert(0, sys.argv[1])
for title, command in json.loads(sys.argv[2]).items():
    sys.argv = command
    with open(title + ".txt", "w") as file, contextlib.redirect_stdout(file):
        runpy.run_path(sys.path[0] + "/" + command[0], run_name="__main__")

import imbalanced
x, _, x_val, _ = imbalanced.data()
model = imbalanced.network(0.1)
model(x)
layers = [[type(layer).__name__, getattr(layer, "units", getattr(layer, "rate", None))] for layer in model.layers]
bias = float(model.layers[-1].bias.numpy()[0])
off = float(max(abs(x.mean(axis=0)).max(), abs(x.std(axis=0) - 1).max()))
val_off = float(abs(x_val.mean(axis=0)).max())
json.dump({"layers": layers, "bias": bias, "off": off, "val_off": val_off}, open("network.json", "w"))
"""


@dataclass(frozen=True)
class Example:
    """What an example printed, and the run it left."""

    folder: Path
    printed: str

    @property
    def command(self) -> str:
        """The next command it names, as one would copy it."""
        return "epochreel " + self.printed.strip().splitlines()[-1].split(": epochreel ")[1]

    @property
    def run(self) -> Run:
        """The run that this command names."""
        name = next(word for word in shlex.split(self.command) if Path(word).parent.name == "runs")
        return viewer.open_run(self.folder / name)


def environment() -> dict[str, str]:
    """As in a terminal where the package is installed, without a display."""
    kept = {
        name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "MPLBACKEND")
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return kept | {"PATH": path, "TF_CPP_MIN_LOG_LEVEL": "2", "EPOCHREEL_PORT": "0"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Example]:
    """Every example that trains, with two epochs, in one empty folder."""
    folder = tmp_path_factory.mktemp("examples")
    command = [sys.executable, "-c", ONE_AFTER_ANOTHER, str(EXAMPLES), json.dumps(TRAINED)]
    subprocess.run(command, cwd=folder, env=environment(), check=True, timeout=280)
    return {title: Example(folder, (folder / f"{title}.txt").read_text()) for title in TRAINED}


@pytest.fixture(scope="module")
def custom_formula(tmp_path_factory: pytest.TempPathFactory) -> Example:
    """The one that needs no training, as a process of its own."""
    folder = tmp_path_factory.mktemp("examples")
    command = [sys.executable, str(EXAMPLES / "custom_formula.py"), "--epochs", "3"]
    ended = subprocess.run(command, cwd=folder, env=environment(), check=True, capture_output=True, text=True)
    return Example(folder, ended.stdout)


def ran(example: Example) -> subprocess.CompletedProcess[str]:
    """Its next command, given to a shell as it is printed."""
    ended = subprocess.run(
        example.command, shell=True, cwd=example.folder, env=environment(), capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    return ended


@pytest.mark.campaign
@pytest.mark.parametrize("title", TRAINED)
def test_it_leaves_a_finished_run_without_faults(trained: dict[str, Example], title: str) -> None:
    """Two epochs, each with a loss, counts and an MCC that can be asked for."""
    run = trained[title].run
    assert (run.status, run.faults, run.epoch_numbers.tolist()) == ("finished", [], [0, 1])
    assert run.epochs["loss"].notna().all()
    assert (run.counts("val").sum(axis=1) > 0).all()
    assert len(run.metric("mcc")) == 2


@pytest.mark.campaign
def test_imbalanced_is_the_classic_set_up(trained: dict[str, Example]) -> None:
    """10,000 samples, one in ten positive before labels are flipped; the parameters are those of the classic."""
    run = trained["imbalanced"].run
    sizes = [int(run.counts(split).iloc[0].sum()) for split in ("train", "val")]
    assert sizes == [8_000, 2_000]
    assert run.metric("prevalence")[0] == pytest.approx(0.9 * 0.025 + 0.1 * 0.975, abs=0.01)
    assert len(run.samples("val", epoch=1)) == 2_000
    calls = {ast.unparse(node.func): node for node in ast.walk(ast.parse((EXAMPLES / "imbalanced.py").read_text()))
             if isinstance(node, ast.Call)}  # fmt: skip
    given = {word.arg: ast.unparse(word.value) for word in calls["make_classification"].keywords}
    del given["random_state"]
    assert given == {
        "n_samples": "10000", "n_features": "15", "n_informative": "15", "n_redundant": "0", "n_classes": "2",
        "weights": "[0.9, 0.1]", "flip_y": "0.05", "class_sep": "0.7",
    }  # fmt: skip
    fit = {word.arg: ast.unparse(word.value) for word in calls["model.fit"].keywords}
    assert fit["batch_size"] == "32"
    assert "class_weight" in fit


@pytest.mark.campaign
def test_imbalanced_is_the_classic_network(trained: dict[str, Example]) -> None:
    """64 and 64 with a dropout of 0.1 after each, and an output at the log odds; the scaler has seen one part only."""
    found = json.loads((trained["imbalanced"].folder / "network.json").read_text())
    assert found["layers"] == [["Dense", 64], ["Dropout", 0.1], ["Dense", 64], ["Dropout", 0.1], ["Dense", 1]]
    assert found["bias"] == pytest.approx(np.log(0.1 / 0.9))
    assert found["off"] < 1e-9 < found["val_off"]


@pytest.mark.campaign
def test_four_counts_come_from_keras(trained: dict[str, Example]) -> None:
    """The callback alone, and the counts of both splits at one threshold."""
    run = trained["four_counts"].run
    output = run.output()
    assert (output.source, output.thresholds, run.splits()) == ("keras_counts", [0.5], ["train", "val"])
    np.testing.assert_array_equal(run.counts("val"), run.epochs[["val_tp", "val_fp", "val_tn", "val_fn"]])
    np.testing.assert_array_equal(run.counts("train"), run.epochs[["tp", "fp", "tn", "fn"]])


@pytest.mark.campaign
def test_digits_are_real_images_of_ten_classes(trained: dict[str, Example]) -> None:
    """Or one of them against the rest: as many positives as there are eights."""
    ten, one = trained["digits"].run, trained["is it an 8"].run
    assert ten.output().classes == [str(digit) for digit in range(10)]
    assert ten.confusion("val", 1).shape == (10, 10)
    assert (one.output().kind, one.output().classes) == ("binary", ["not 8", "8"])
    eights = (load_digits().target == 8).mean()
    assert one.metric("prevalence")[0] == pytest.approx(eights, abs=0.005)


@pytest.mark.campaign
def test_a_loop_of_ones_own_records_validation(trained: dict[str, Example]) -> None:
    """What was given to the writer, and nothing else."""
    run = trained["custom_loop"].run
    assert run.splits() == ["val"]
    assert run.output().source == "arrays"
    assert len(run.samples("val", epoch=0)) == 2_000


@pytest.mark.campaign
def test_early_stopping_follows_what_the_viewer_computes(trained: dict[str, Example]) -> None:
    """The logs that Keras's callback watches are the formulas of the recorded counts; and it does watch the MCC."""
    run = trained["early_stopping"].run
    np.testing.assert_allclose(run.epochs["val_mcc"], run.metric("mcc"), atol=1e-6)
    np.testing.assert_allclose(run.epochs["val_youden"], run.metric("informedness"), atol=1e-6)
    assert 'monitor="val_mcc", mode="max"' in (EXAMPLES / "early_stopping.py").read_text()


@pytest.mark.campaign
def test_a_segmentation_is_compared_image_by_image(tmp_path: Path) -> None:
    """Two finished runs of 40 images, whose pixels are not taken as independent."""
    command = [sys.executable, "-W", "ignore", str(EXAMPLES / "segmentation.py"), "--epochs", "2"]
    subprocess.run(command, cwd=tmp_path, env=environment(), check=True, capture_output=True)
    runs = [viewer.open_run(folder) for folder in sorted((tmp_path / "runs" / "segmentation").iterdir())]
    assert [(run.name, run.status, run.band_of("f1@0.3")) for run in runs] == [
        ("3 x 3", "finished", "40 groups"),
        ("7 x 7", "finished", "40 groups"),
    ]
    assert viewer.compare(runs, ["accuracy"], draws=100).paired["sample_groups"].tolist() == [40]


@pytest.mark.campaign
@pytest.mark.parametrize("title", ["digits", "custom_loop", "early_stopping"])
def test_the_picture_it_names_is_made(trained: dict[str, Example], title: str) -> None:
    """`epochreel export RUN --to FILE.png ...`, or of a page, copied."""
    example = trained[title]
    ran(example)
    words = shlex.split(example.command)
    made = example.folder / words[words.index("--to") + 1]
    assert made.read_bytes().startswith({".png": b"\x89PNG", ".html": b"<!DOCTYPE html>"}[made.suffix])


@pytest.mark.campaign
def test_the_question_it_names_is_answered(trained: dict[str, Example]) -> None:
    """`epochreel metrics RUN -m '...'`, copied, prints the values of the formula."""
    answer = ran(trained["four_counts"]).stdout
    for value in trained["four_counts"].run.metric("tn / (tn + fn)"):
        assert f"{value:.4f}" in answer


@pytest.mark.campaign
def test_the_replay_it_names_opens(trained: dict[str, Example]) -> None:
    """`epochreel replay RUN`, copied where there is no display: it says so and serves the page."""
    example = trained["imbalanced"]
    process = subprocess.Popen(
        shlex.split(example.command), cwd=example.folder, env=environment(), stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if "http://" in line:
            break
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert said[0].startswith("no display found, so this opens a page for the browser")
    assert said[-1].startswith("open http://127.0.0.1:")


@pytest.mark.campaign
@pytest.mark.parametrize("library", ["optuna", "keras_tuner"])
def test_a_search_leaves_a_run_for_each_trial(library: str, tmp_path: Path) -> None:
    """Of one group, with the parameters in `config`; its next command lists them."""
    pytest.importorskip(library)
    command = [sys.executable, str(EXAMPLES / SEARCHES[library]), "--trials", "3", "--epochs", "2"]
    ended = subprocess.run(command, cwd=tmp_path, env=environment(), check=True, capture_output=True, text=True)
    runs = viewer.open_runs(tmp_path / "runs")
    assert len(runs) == 3
    assert len({run.manifest.group for run in runs}) == 1
    assert all("rate" in run.manifest.config and len(run.metric("mcc")) == 2 for run in runs)
    table = ran(Example(tmp_path, ended.stdout)).stdout
    assert all(run.name in table for run in runs)


@pytest.mark.campaign
def test_a_loop_of_pytorch_is_recorded(tmp_path: Path) -> None:
    """It runs as it stands, and every sample of each epoch counts once."""
    pytest.importorskip("torch", reason="needs torch")
    command = [sys.executable, str(EXAMPLES / "pytorch_loop.py"), "--epochs", "2"]
    one_thread = environment() | {"OMP_NUM_THREADS": "1"}
    ended = subprocess.run(command, env=one_thread, cwd=tmp_path, capture_output=True, text=True, check=True)
    run = Example(tmp_path, ended.stdout).run
    assert run.metric("tp + fp + tn + fn").tolist() == [1501, 1501]
    assert run.metric("train:tp + fp + tn + fn").tolist() == [4000, 4000]


def test_a_custom_formula_is_answered_the_same_from_a_terminal(custom_formula: Example) -> None:
    """What the example prints is what its next command prints."""
    printed = [line.split()[1] for line in custom_formula.printed.splitlines()[1:4]]
    assert [f"{float(value):.4f}" for value in printed] == [
        f"{value:.4f}" for value in custom_formula.run.metric("100 * tp - 5 * (tp + fp) - 40 * fn", threshold=0.3)
    ]
    answer = ran(custom_formula).stdout
    assert all(f"{float(value):.4f}" in answer for value in printed)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_it_says_what_it_is_and_how_it_is_run(path: Path) -> None:
    """A docstring with the command that runs or takes it, except where `make` runs it."""
    docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
    assert docstring.split("\n")[0].endswith((".", "?", '".'))
    assert re.search(rf"(python|--samples) examples/{path.name}\b", docstring) or "`make " in docstring
