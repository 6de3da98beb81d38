"""PyTorch's tally: what it costs nothing to be wrong about, beside the table in `test_tally_cases`."""

from __future__ import annotations

import copy
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recorder import Counts, RunWriter, counting
from recorder.runfile import read_manifest, read_records

torch = pytest.importorskip("torch", reason="needs torch")
from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402

from recorder.torch import ConfusionTally  # noqa: E402
from tests.conftest import later_rows  # noqa: E402
from tests.recorder.tally_cases import check  # noqa: E402

from .devices import DEVICES  # noqa: E402

RNG = np.random.default_rng(5)
FORMS = [("binary", 1), ("multiclass", 4), ("multilabel", 3)]


def batch(kind: str, width: int, number: int = 40, device: str = "cpu") -> tuple[Any, Any]:
    """Labels and logits."""
    logits = RNG.normal(size=(number, width)).astype(np.float32)
    shape = (number, width) if kind == "multilabel" else (number,)
    truth = RNG.integers(0, max(width, 2) if kind != "multilabel" else 2, shape)
    return torch.from_numpy(truth).to(device), torch.from_numpy(logits).to(device)


def wanted_of(kind: str, truth: Any, logits: Any) -> Any:
    """What NumPy counts of the probabilities that PyTorch makes of logits."""
    scores = logits.float().softmax(-1) if kind == "multiclass" else logits.float().sigmoid()
    counts = Counts(kind)
    counts.update(truth.cpu().numpy(), scores.cpu().numpy())
    return counts.counted("val")


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("kind", "width"), FORMS)
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
def test_logits_of_every_dtype(kind: str, width: int, dtype: str, device: str) -> None:
    """Logits become probabilities in float32 first, also under autocast; counts and samples are NumPy's of these."""
    truth, logits = batch(kind, width, device=device)
    logits = logits.to(getattr(torch, dtype))
    tally = ConfusionTally(kind, from_logits=True)
    with torch.autocast(device, dtype=torch.bfloat16), torch.inference_mode():
        tally.update(truth, logits)
    got, wanted = tally.counted("val"), wanted_of(kind, truth, logits)
    check(got.tally, wanted.tally)
    np.testing.assert_array_equal(got.samples.y_score, wanted.samples.y_score)
    np.testing.assert_array_equal(got.samples.y_true, wanted.samples.y_true)
    assert got.output.from_logits
    tally.reset()
    tally.half().update(truth, logits)
    check(tally.counted("val").tally, wanted.tally)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("kind", "width"), [FORMS[1], *later_rows(*FORMS[:1], *FORMS[2:])])
def test_compiled(kind: str, width: int, device: str) -> None:
    """Under torch.compile a tally without samples has no break in its graph and counts the same, step by step."""
    tally = ConfusionTally(kind, num_classes=width, from_logits=True, max_samples=0).to(device)

    @torch.compile(backend="aot_eager", fullgraph=True)
    def step(truth: Any, logits: Any) -> Any:
        tally.update(truth, logits * 2)
        return logits.sum()

    parts = [batch(kind, width, device=device) for _ in range(3)]
    for truth, logits in parts:
        step(truth, logits)
    truth, logits = (torch.cat(each) for each in zip(*parts, strict=True))
    check(tally.counted("val").tally, wanted_of(kind, truth, logits * 2).tally)


@pytest.mark.parametrize("device", DEVICES)
def test_compiled_with_samples(device: str) -> None:
    """With samples and ids the graph breaks, and what is counted and kept is the same."""
    tally = ConfusionTally("binary", max_samples=16, dataset_size=120)
    plain = Counts("binary", max_samples=16)
    step = torch.compile(tally.update, backend="aot_eager")
    for start in range(0, 120, 40):
        truth, logits = batch("binary", 1, device=device)
        scores = logits.sigmoid()
        step(truth, scores, ids=torch.arange(start, start + 40))
        plain.update(truth.cpu().numpy(), scores.cpu().numpy(), ids=np.arange(start, start + 40))
    got, wanted = tally.counted("val"), plain.counted("val")
    check(got.tally, wanted.tally)
    np.testing.assert_array_equal(got.samples.sample, wanted.samples.sample)
    np.testing.assert_array_equal(got.samples.y_score, wanted.samples.y_score)


class Operations(TorchDispatchMode):
    """Notes which operations are run."""

    def __init__(self) -> None:
        super().__init__()
        self.times = Counter[str]()

    @property
    def names(self) -> set[str]:
        return set(self.times)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.times[func.name().removeprefix("aten::").split(".")[0]] += 1
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize(("kind", "width"), [*FORMS, ("multiclass", 40)])
@pytest.mark.parametrize("by_id", [False, True])
def test_no_step_waits_for_the_device(kind: str, width: int, by_id: bool) -> None:
    """No operation of an update fetches a value, or makes a size of one: none of what would wait for a GPU is run."""
    tally = ConfusionTally(kind, from_logits=True, ignore_label=1, dataset_size=400 if by_id else None, max_samples=50)

    number = 40 if by_id else 3_000  # so many that some are counted

    def update() -> None:
        truth, logits = batch(kind, width, number)
        ids = torch.from_numpy(RNG.integers(0, 400, number)) if by_id else None
        beside = {"sample_weight": torch.ones(number), "mask": torch.ones(number, dtype=torch.bool)}
        tally.update(truth, logits, ids=ids, **beside)

    update()
    with Operations() as seen:
        for _ in range(40 if by_id else 4):
            update()
    waiting = {"_local_scalar_dense", "nonzero", "masked_select", "unique", "_unique2", "bincount", "item"}
    assert not seen.names & waiting, seen.names
    assert {"scatter_add_", "index_add_"} & seen.names


@pytest.mark.parametrize(("kind", "width"), FORMS)
@pytest.mark.parametrize("weighted", [False, True])
def test_an_update_is_few_operations(kind: str, width: int, weighted: bool) -> None:
    """A small batch is put aside: a view and two operations for labels, scores and weights each, and no more."""
    tally = ConfusionTally(kind)
    truth, logits = batch(kind, width)
    weight = torch.ones(40) if weighted else None
    scores = logits.softmax(-1) if kind == "multiclass" else logits.sigmoid()
    tally.update(truth, scores, sample_weight=weight)
    with Operations() as seen:
        tally.update(truth, scores, sample_weight=weight)
    assert sum(seen.times.values()) <= (9 if weighted else 6), seen.times


@pytest.mark.parametrize("device", DEVICES)
def test_samples_are_those_of_the_whole(device: str) -> None:
    """Every 2^k-th of a stream, whatever the batches, of many classes too: what arrays of all would keep."""
    truth, scores = RNG.integers(0, 20, 700), RNG.dirichlet(np.ones(20), 700).astype(np.float32)
    tally = ConfusionTally(max_samples=100)
    for rows in np.array_split(np.arange(700), [5, 6, 300, 310, 650]):
        tally.update(*(torch.from_numpy(each[rows]).to(device) for each in (truth, scores)))
    got = tally.counted("val")
    kept = counting.samples_of(truth, scores, output=got.output, split="val", max_samples=100)
    for name in ("sample", "y_true", "y_score", "label"):
        np.testing.assert_array_equal(getattr(got.samples, name), getattr(kept, name))


def test_what_is_recorded_is_what_arrays_record(tmp_path: Path) -> None:
    """A run of a tally holds the counts and samples of a run of arrays, epoch by epoch; only the source differs."""
    tally = ConfusionTally("multilabel")
    with RunWriter(tmp_path / "a") as arrays, RunWriter(tmp_path / "b") as counted:
        for epoch in range(2):
            truth, logits = batch("multilabel", 3, 50)
            scores = logits.sigmoid()
            for rows in (slice(0, 13), slice(13, 50)):
                tally.update(truth[rows], scores[rows])
            arrays.epoch(epoch, val=(truth.numpy(), scores.numpy()))
            counted.epoch(epoch, val=tally)
            tally.reset()
    (one,), (other,) = (read_manifest(run.folder).outputs for run in (arrays, counted))
    assert (one.source, other.source) == ("arrays", "tally")
    assert (one.kind, one.thresholds, one.classes) == (other.kind, other.thresholds, other.classes)
    for wanted, got in zip(read_records(arrays.folder), read_records(counted.folder), strict=True):
        check(got.tallies[0], wanted.tallies[0])
        np.testing.assert_array_equal(got.samples[0].y_score, wanted.samples[0].y_score)


@pytest.mark.parametrize("wrong", [float("nan"), -0.5, float("inf")])
def test_weights_that_are_none_are_told_of(tmp_path: Path, wrong: float) -> None:
    """No step waits to look at them: the sums tell at the end of the epoch; counts are those without weights."""
    tally = ConfusionTally("binary")
    tally.update(torch.tensor([0, 1]), torch.tensor([0.2, 0.8]), sample_weight=torch.tensor([1.0, wrong]))
    with RunWriter(tmp_path) as run, pytest.warns(RuntimeWarning, match="sample_weight of val must be finite and 0 or"):
        run.epoch(0, val=tally)
    (record,) = read_records(run.folder)
    assert record.tallies[0].histogram.sum() == 2


def test_what_was_read_stays_as_it_was() -> None:
    """Counts on the host share nothing with the tally: neither a merge nor a reset reaches across."""
    tally = ConfusionTally(kind="binary", num_classes=1, max_samples=0)
    tally.update(torch.tensor([0, 1, 1]), torch.tensor([0.1, float("nan"), 0.8]), sample_weight=torch.ones(3))
    first, second = tally.compute(), tally.compute()
    first.merge(second)
    assert first.counted("val").tally.nan.tolist() == [[0, 2]]
    assert tally.compute().counted("val").tally.nan.tolist() == [[0, 1]]
    tally.reset()
    read = second.counted("val").tally
    assert read.nan.tolist() == [[0, 1]]
    assert read.histogram.sum() == read.weights.sum() == 2


def test_it_moves_and_is_no_part_of_a_checkpoint() -> None:
    """A tally within a model moves with it, and adds nothing to its state dict."""
    model = torch.nn.Sequential(torch.nn.Linear(2, 1), ConfusionTally("binary", num_classes=1))
    assert set(model.state_dict()) == {"0.weight", "0.bias"}
    moved = model.to("meta")[1]
    assert {buffer.device.type for buffer in moved.buffers()} == {"meta"}


@pytest.mark.parametrize("device", DEVICES)
def test_what_is_counted_goes_along(device: str) -> None:
    """A tally that is moved in the middle, to a device and back, goes on counting there what it had."""
    tally, plain = ConfusionTally("multiclass"), Counts("multiclass")
    for place in ("cpu", device, device, "cpu"):
        truth, logits = batch("multiclass", 4, device=place)
        scores = logits.softmax(-1)
        tally.to(place).update(truth, scores)
        plain.update(truth.numpy(force=True), scores.numpy(force=True))
    got, wanted = tally.counted("val"), plain.counted("val")
    check(got.tally, wanted.tally)
    np.testing.assert_array_equal(got.samples.y_score, wanted.samples.y_score)


def test_a_batch_is_on_one_device() -> None:
    """Counts of nothing go where the first batch is; a later one from elsewhere, or in parts, is refused at once."""
    tally, there = ConfusionTally("binary", num_classes=1), {"device": "meta"}
    truth, scores = torch.tensor([0, 1]), torch.tensor([0.2, 0.7])
    tally.update(truth.to(**there), scores.to(**there))
    assert {buffer.device.type for buffer in tally.buffers()} == {"meta"}
    tally = ConfusionTally("binary", num_classes=1)
    tally.update(truth, scores)
    assert tally.counted("val").tally.histogram.sum() == 2
    for given in ((truth.to(**there), scores), (truth, scores.to(**there))):
        with pytest.raises(ValueError, match=r"^a batch must be on the device that it is counted on, cpu\. Received: "):
            tally.update(*given)
    for name, beside in (("mask", torch.ones(2, dtype=torch.bool, **there)), ("sample_weight", torch.ones(2, **there))):
        with pytest.raises(ValueError, match=rf"y_score on cpu, .*{name} on meta$"):
            ConfusionTally("binary").update(truth, scores, **{name: beside})
    assert tally.counted("val").tally.histogram.sum() == 2


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize(("kind", "width"), [*FORMS, ("multiclass", 40)])
@pytest.mark.parametrize("by_id", [False, True])
def test_no_step_synchronises_a_gpu(kind: str, width: int, by_id: bool) -> None:
    """CUDA itself is told to fail where an update waits for it: small batches, large ones, and what is put aside."""
    tally = ConfusionTally(kind, from_logits=True, ignore_label=1, dataset_size=9_000 if by_id else None)
    steps = []
    for number in (40, 700, 9_000, 8_191, *[40] * 300):
        truth, logits = batch(kind, width, number, "cuda")
        ids = torch.from_numpy(RNG.permutation(9_000)[:number]).cuda() if by_id else None
        weight, mask = torch.ones(number, device="cuda"), torch.ones(number, dtype=torch.bool, device="cuda")
        steps.append((truth, logits, {"ids": ids, "sample_weight": weight, "mask": mask}))
    first, *others = steps
    tally.update(*first[:2], **first[2])  # which makes the counters
    torch.cuda.set_sync_debug_mode("error")
    try:
        for truth, logits, beside in others:
            tally.update(truth, logits, **beside)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert tally.counted("val").tally.histogram.sum() > 0


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize(("kind", "width"), FORMS)
def test_compiled_for_a_gpu(kind: str, width: int) -> None:
    """By PyTorch's own compiler, whose kernels count the same."""
    tally = ConfusionTally(kind, num_classes=width, max_samples=0).to("cuda")
    step = torch.compile(tally.update, fullgraph=True)
    parts = [batch(kind, width, device="cuda") for _ in range(3)]
    parts = [(truth, logits.softmax(-1) if kind == "multiclass" else logits.sigmoid()) for truth, logits in parts]
    plain = Counts(kind)
    for truth, scores in parts:
        step(truth, scores)
        plain.update(truth.cpu().numpy(), scores.cpu().numpy())
    check(tally.counted("val").tally, plain.counted("val").tally)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("by_id", [False, True])
def test_memory_of_a_gpu_does_not_grow(by_id: bool, record_property: Any) -> None:
    """Ten million samples: not a byte beyond what the first 100,000 took, but for a byte for each id."""
    number, size = 10_000_000, 10_000
    tally = ConfusionTally("binary", dataset_size=number if by_id else None)
    before = torch.cuda.memory_allocated()
    for start in range(0, number, size):
        ids = torch.arange(start, start + size, device="cuda") if by_id else None
        tally.update(torch.randint(0, 2, (size,), device="cuda"), torch.rand(size, device="cuda"), ids=ids)
        if start == 100_000:
            torch.cuda.reset_peak_memory_stats()
            early = torch.cuda.memory_allocated()
    assert tally.counted("val").tally.histogram.sum() == number
    grown, held = torch.cuda.max_memory_allocated() - early, early - before
    told = f"CUDA, {number:,} samples, ids {by_id}: {held / 1e6:.1f} MB held, {grown / 1e6:.1f} MB more at most"
    record_property("figures", told)
    assert grown < 4_000_000 + by_id * 2_000_000


def test_wrong_batches_are_refused() -> None:
    """Shapes that do not fit, weights or ids with some batches only, ids without or beyond the size of the data set."""
    half, labels = torch.full((4, 3), 0.5), torch.zeros(4, dtype=torch.long)
    tally = ConfusionTally("multiclass")
    with pytest.raises(TypeError, match=r"^y_true and y_score must be tensors; .*y_score ndarray$"):
        tally.update(labels, half.numpy())
    with pytest.raises(TypeError, match=r"Received: y_true list, y_score Tensor$"):
        tally.update([0, 1, 0, 1], half)
    tally.update(labels, half)
    with pytest.raises(ValueError, match=r"^a ConfusionTally counts one output, and this one counts 3 scores a sample"):
        tally.update(labels, half[:, :2])
    with pytest.raises(ValueError, match=r"^labels of a multiclass output must be one for each sample, or rows"):
        tally.update(labels[:3], half)
    with pytest.raises(ValueError, match=r"^sample_weight must be one a sample\. Received: \(3,\) for scores"):
        tally.update(labels, half, sample_weight=torch.ones(3))
    with pytest.raises(ValueError, match=r"^sample_weight, and ids, must come with every batch or with none\."):
        tally.update(labels, half, sample_weight=torch.ones(4))
    for name, given in (("sample_weight", [1.0] * 4), ("mask", np.ones(4, bool)), ("ids", [0, 1, 2, 3])):
        with pytest.raises(TypeError, match=rf"^{name} must be a tensor\. Received: "):
            ConfusionTally("multiclass", dataset_size=4).update(labels, half, **{name: given})
    with pytest.raises(ValueError, match=r"^ids must be whole numbers, one a sample\. Received: dtype torch\.float32"):
        ConfusionTally("multiclass", dataset_size=4).update(labels, half, ids=torch.arange(4.0))
    with pytest.raises(ValueError, match=r"Received: scores \(4, 3\)$"):
        ConfusionTally("binary").update(labels, half)
    with pytest.raises(ValueError, match="dataset_size"):
        ConfusionTally("multiclass").update(labels, half, ids=torch.arange(4))
    with pytest.raises(ValueError, match=r"^rows of labels beside logits need kind="):
        ConfusionTally(from_logits=True).update(half, half)
    beyond = ConfusionTally("multiclass", dataset_size=3)
    beyond.update(labels, half, ids=torch.arange(4))
    with pytest.raises(ValueError, match=r"below dataset_size\. Received: others for dataset_size=3$"):
        beyond.compute()
    with pytest.raises(ValueError, match=r"^counts must hold a sample or more"):
        ConfusionTally("binary").counted("val")


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("kind", "width"), [*FORMS, ("multiclass", 40)])
def test_batches_of_every_size(kind: str, width: int, device: str) -> None:
    """Small batches are counted later and large ones at once, of types that change: the counts are the same."""
    tally, plain = ConfusionTally(kind), Counts(kind)
    for at, number in enumerate([3, 700, 9_000, 1, 8_191, 2, 40, 5_000]):
        truth, logits = batch(kind, width, number, device)
        scores = logits.softmax(-1) if kind == "multiclass" else logits.sigmoid()
        truth = truth.float() if at in (3, 4) else truth
        plain.update(truth.cpu().numpy(), scores.cpu().numpy())
        tally.update(truth, scores)
        scores.zero_()  # theirs is a copy
        if at in (1, 4):
            check(tally.counted("val").tally, plain.counted("val").tally)
    got, wanted = tally.counted("val"), plain.counted("val")
    check(got.tally, wanted.tally)
    np.testing.assert_array_equal(got.samples.y_score, wanted.samples.y_score)
    np.testing.assert_array_equal(got.samples.sample, wanted.samples.sample)
    tally.update(*batch(kind, width, device=device))
    tally.reset()
    with pytest.raises(ValueError, match="a sample or more"):
        tally.counted("val")


def test_what_is_not_counted_yet_moves_and_is_copied() -> None:
    """A tally that is moved, or copied with its model, loses nothing of it."""
    tally = ConfusionTally("binary")
    tally.update(torch.tensor([0, 1]), torch.tensor([0.2, 0.7]), sample_weight=torch.tensor([1.0, 2.0]))
    twin = copy.deepcopy(tally)
    tally.double().update(torch.tensor([1]), torch.tensor([0.9]), sample_weight=torch.tensor([4.0]))
    twin.update(torch.tensor([0]), torch.tensor([0.1]), sample_weight=torch.tensor([8.0]))
    assert tally.counted("val").tally.weights.sum(axis=-1).tolist() == [[1, 6]]
    assert twin.counted("val").tally.weights.sum(axis=-1).tolist() == [[9, 2]]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("kind", "width"), [("binary", 1), ("multiclass", 5), ("multilabel", 5)])
@pytest.mark.parametrize("samples", [40, 4_000])
def test_scores_that_are_nan_are_counted_apart(kind: str, width: int, samples: int, device: str) -> None:
    """In a batch of any size, and beside infinite ones: as arrays count them."""
    rng = np.random.default_rng(3)
    score = rng.random((samples, width)).astype(np.float32)
    score[rng.random(score.shape) < 0.1] = np.nan
    score[rng.random(score.shape) < 0.05] = np.inf
    true = rng.integers(0, 2, score.shape) if kind == "multilabel" else rng.integers(0, max(width, 2), samples)
    tally, wanted = ConfusionTally(kind), Counts(kind)
    tally.update(torch.from_numpy(true).to(device), torch.from_numpy(score).to(device))
    wanted.update(true, score)
    check(tally.counted("val").tally, wanted.counted("val").tally)
    assert tally.counted("val").tally.nan.sum() > 0
