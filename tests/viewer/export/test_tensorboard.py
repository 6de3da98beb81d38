"""Log folders that the real TensorBoard reads."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from viewer.export.tensorboard import export_tensorboard
from viewer.importers import import_tensorboard


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> viewer.Run:
    """Binary, two epochs, validation in the second only."""
    rng = np.random.default_rng(0)
    with RunWriter(tmp_path_factory.mktemp("runs"), name="made") as writer:
        for epoch in (0, 4):
            truth, scores = rng.integers(0, 2, 50), np.round(rng.random(50), 2).astype(np.float32)
            splits = {"train": (truth, scores)} | ({"val": (truth[::2], scores[::2])} if epoch else {})
            logs = {"loss": 0.5 / (1 + epoch)} | ({"val_loss": 0.25} if epoch else {})
            writer.epoch(epoch, logs=logs, **splits)
    return viewer.open_run(writer.folder)


def png(value: int) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (7, 5), (value, 0, 0)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def exported(run: viewer.Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logs")
    seen: list[tuple[int, int]] = []
    target = export_tensorboard(
        run,
        folder,
        metrics=["f1", "tn / (tn + fn)"],
        images=lambda position: {"dashboard": png(10 * position)},
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(1, 2), (2, 2)]
    assert [path.name for path in folder.iterdir()] == [run.folder.name]
    return target


def accumulated(folder: Path) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder), size_guidance={"tensors": 0, "images": 0})
    found.Reload()
    return found


def tensors(folder: Path, tag: str) -> dict[int, Any]:
    from tensorboard.util.tensor_util import make_ndarray

    return {event.step: make_ndarray(event.tensor_proto) for event in accumulated(folder).Tensors(tag)}


@pytest.mark.parametrize(("split", "sub", "prefix"), [("train", "train", ""), ("val", "validation", "val_")])
def test_tensorboard_reads_the_scalars(run: viewer.Run, exported: Path, split: str, sub: str, prefix: str) -> None:
    """Logs under the names of Keras's callback, formulas under their own; a gap is no value; times are the run's."""
    expected = {"epoch_loss": run.logs[f"{prefix}loss"]}
    expected |= {label: run.values(label, split) for label in ("f1", "tn / (tn + fn)")}
    for name, values in expected.items():
        tag = "F1" if name == "f1" else name
        found = tensors(exported / sub, tag)
        known = {int(step): value for step, value in zip(run.epoch_numbers, values, strict=True) if value == value}
        assert found.keys() == known.keys()
        np.testing.assert_allclose([found[step] for step in known], list(known.values()), rtol=1e-6)
    event = accumulated(exported / sub).Tensors("epoch_loss")[-1]
    assert event.wall_time == pytest.approx(run.epochs["time"].iloc[-1].timestamp())


def test_tensorboards_pr_plugin_reads_the_counts(run: viewer.Run, exported: Path) -> None:
    """At 129 even thresholds, but where nothing is called positive, the plugin has the run's precision and recall."""
    from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
    from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
    from tensorboard.context import RequestContext
    from tensorboard.plugins.base_plugin import TBContext
    from tensorboard.plugins.pr_curve.pr_curves_plugin import PrCurvesPlugin

    multiplexer = EventMultiplexer(tensor_size_guidance={"pr_curves": 0})
    multiplexer.AddRunsFromDirectory(str(exported))
    multiplexer.Reload()
    plugin = PrCurvesPlugin(TBContext(data_provider=MultiplexerDataProvider(multiplexer, str(exported))))
    response = plugin.pr_curves_impl(RequestContext(), "", ["train", "validation"], "pr_curve")
    assert [entry["step"] for entry in response["train"]] == [0, 4]
    (entry,) = response["validation"]
    assert np.diff(entry["thresholds"]) == pytest.approx(1 / 128)
    assert len(entry["thresholds"]) > 100
    for at, precision, recall in zip(entry["thresholds"], entry["precision"], entry["recall"], strict=True):
        expected = run.metric("precision", threshold=at)[4], run.metric("recall", threshold=at)[4]
        assert (precision, recall) == pytest.approx(np.nan_to_num(expected), rel=1e-6)


def test_tensorboard_reads_the_images(exported: Path) -> None:
    """One picture an epoch, as it was given."""
    found = tensors(exported, "dashboard")
    assert {step: list(value) for step, value in found.items()} == {
        step: [b"7", b"5", png(10 * position)] for position, step in enumerate((0, 4))
    }


def test_an_exported_run_comes_back(run: viewer.Run, exported: Path, tmp_path: Path) -> None:
    """Logs, epochs and the counts at every exported threshold are the same after export and import."""
    (found,) = import_tensorboard(exported, tmp_path)
    back = viewer.open_run(found.folder)
    assert back.epoch_numbers.tolist() == [0, 4]
    assert back.splits() == ["train", "val"]
    for name, values in run.logs.items():
        np.testing.assert_allclose(back.logs[name], values, rtol=1e-6)
    assert len(back.thresholds()) == 129
    for split in ("train", "val"):
        for edge in back.thresholds():
            assert back.counts(split, float(edge)).equals(run.counts(split, float(edge)))


def test_classes_have_a_curve_each(tmp_path: Path) -> None:
    """Of a softmax output one-vs-rest; of a grid without even thresholds none."""
    rng = np.random.default_rng(1)
    scores = rng.dirichlet(np.ones(3), 40).astype(np.float32)
    arrays = (rng.integers(0, 3, 40), scores)
    with RunWriter(tmp_path, name="even", class_names=["cat", "dog", "owl"]) as even:
        even.epoch(0, val=arrays)
    with RunWriter(tmp_path, name="odd", thresholds=[0.1, 0.5]) as odd:
        odd.epoch(0, logs={"val_loss": 1.0}, val=(arrays[0] > 0, scores[:, 0]))
    target = export_tensorboard(viewer.open_run(even.folder), tmp_path / "logs")
    assert set(accumulated(target / "validation").Tags()["tensors"]) == {f"pr_curve/{n}" for n in ("cat", "dog", "owl")}
    run = viewer.open_run(even.folder)
    curve = tensors(target / "validation", "pr_curve/dog")[0]
    assert curve[:4, 32].tolist() == run.counts("val", 0.25, label="dog").iloc[0].tolist()
    target = export_tensorboard(viewer.open_run(odd.folder), tmp_path / "logs")
    assert accumulated(target / "validation").Tags()["tensors"] == ["epoch_loss"]


def test_nothing_is_overwritten_and_nothing_half_is_left(run: viewer.Run, exported: Path) -> None:
    """A folder of that name is refused and stays; an export that fails leaves none."""
    before = sorted(exported.rglob("*"))
    with pytest.raises(FileExistsError, match=r"a folder of TensorBoard's must be new\. Received: "):
        export_tensorboard(run, exported.parent)
    assert sorted(exported.rglob("*")) == before

    def failing(position: int) -> dict[str, bytes]:
        raise RuntimeError("no picture")

    with pytest.raises(RuntimeError, match="no picture"):
        export_tensorboard(run, exported.parent / "other", images=failing)
    assert list((exported.parent / "other").iterdir()) == []
