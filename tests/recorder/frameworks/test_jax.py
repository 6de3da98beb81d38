"""JAX: pure functions count what the one counting core does, under `jit`, over devices, and in a Flax loop."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recorder import Counts, RunWriter, counting
from recorder.runfile import read_manifest
from tests.conftest import later, thinned

from .oracle import check_counts, records_of

jax = pytest.importorskip("jax", reason="needs jax")
from recorder.jax import ConfusionTally  # noqa: E402 - where it is installed

RNG = np.random.default_rng(0)
EDGES = [0.0, 0.5, 1.0, 0.25, np.nan, 1.2, -0.3, np.inf, -np.inf, 1e-40, 0.3]


def arrays(kind: str, width: int, labels: str, rng: Any, samples: int = 60) -> tuple[Any, Any]:
    """Labels of a form, and scores with many that are on an edge or none."""
    scores = rng.random((samples, width)).astype(np.float32)
    strange = rng.random(scores.shape) < 0.15
    scores[strange] = rng.choice(np.float32(EDGES), int(strange.sum()))
    classes = max(width, 2)
    numbers = rng.integers(0, classes, samples)
    if labels == "rows":
        rows = np.eye(classes, dtype=np.float32)[numbers] if kind != "multilabel" else rng.integers(0, 2, scores.shape)
        rows = np.array(rows, np.float32)
        rows[rng.random(samples) < 0.1] = 0
        return rows, scores
    if labels == "float":
        odd = np.where(rng.random(samples) < 0.2, rng.choice([np.nan, -1, 99, 0.5], samples), numbers)
        return odd.astype(np.float32), scores
    return np.where(rng.random(samples) < 0.1, -100, numbers), scores


CASES = [
    ("binary", 1, "numbers"), ("binary", 1, "float"), (None, 2, "numbers"), (None, 2, "rows"),
    ("multiclass", 3, "numbers"), ("multiclass", 3, "rows"), ("multiclass", 5, "float"), ("multilabel", 4, "rows"),
]  # fmt: skip


def check_equal(kind: Any, width: int, labels: str, *, seeds: Any, weighted: bool, ignore: int | None) -> None:
    """Batches of a form, counted by both."""
    asked = {"thresholds": [0.25, 0.3, 0.75], "ignore_label": ignore}
    tally = ConfusionTally(kind, num_classes=width, weighted=weighted, **asked)
    state, update, given_ = tally.init(), jax.jit(tally.update), []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        y, s = arrays(kind, width, labels, rng)
        s = s[:, 0] if width == 1 else s
        weight = rng.integers(0, 4, len(s)) / 2 if weighted else None
        state = update(state, y, s, sample_weight=weight)
        given_.append((y, s, weight))
    y, s, weight = (None if each[0] is None else np.concatenate(each) for each in zip(*given_, strict=True))
    found = tally.to_counts(state).counted("val", max_samples=0)
    wanted = counting.tally_arrays(y, s, output=tally.output, split="val", sample_weight=weight)
    met = counting.met_in(y, s, output=tally.output)
    for name in ("histogram", "nan", "matrix", "argmax", "weights", "weight_squares", "ignored"):
        np.testing.assert_array_equal(getattr(found.tally, name), getattr(wanted, name), err_msg=name)
    assert (found.met.no_label, found.met.odd) == (met.no_label, met.odd)
    assert 0 < found.met.outside <= met.outside  # of what is counted alone


@pytest.mark.parametrize("number", thinned(range(len(CASES)), every=3))
def test_counts_equal_those_of_the_one_core(number: int) -> None:
    """Every kind and form of label, with edges, NaN and ignored labels, in several batches under `jit`: equal."""
    check_equal(*CASES[number], seeds=range(6), weighted=number % 2 == 0, ignore=[None, -100, 1][number % 3])


@pytest.mark.campaign
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ignore", [None, -100, 0, 1])
def test_counts_equal_in_every_way(case: Any, weighted: bool, ignore: int | None) -> None:
    """The same, of every kind with every ignored label, with weights and without, in many batches."""
    check_equal(*case, seeds=range(100, 200), weighted=weighted, ignore=ignore)


def test_masks_logits_merged_states_and_jit() -> None:
    """What a mask leaves out is as if it were not there but ignored; states of halves merge to that of the whole."""
    y, logits = RNG.integers(0, 4, 200), RNG.normal(size=(200, 4)).astype(np.float32)
    tally = ConfusionTally("multiclass", num_classes=4, from_logits=True)
    update = jax.jit(tally.update)
    scores = np.asarray(jax.nn.softmax(logits, axis=-1))
    mask = np.arange(200) < 150
    halves = [update(tally.init(), y[part], logits[part], mask=mask[part]) for part in (slice(0, 100), slice(100, 200))]
    found = tally.to_counts(tally.merge(*halves)).counted("val")
    wanted = Counts("multiclass")
    wanted.update(y[:150], scores[:150])
    np.testing.assert_array_equal(found.tally.histogram, wanted.counted("val").tally.histogram)
    np.testing.assert_array_equal(found.tally.matrix, wanted.counted("val").tally.matrix)
    assert found.tally.ignored == 50
    assert tally.to_counts(tally.init()).seen == 0


@pytest.mark.campaign
@pytest.mark.parametrize(
    "case", [("multiclass", 3, "numbers"), *later(("binary", 1, "float"), ("multilabel", 4, "rows"))]
)
def test_with_numbers_of_64_bits_counts_are_the_same(case: Any) -> None:
    """Where JAX has int64, counters stay int32, nothing is cast as JAX is to refuse it, and counts are equal."""
    wide = jax.enable_x64 if hasattr(jax, "enable_x64") else __import__("jax.experimental").experimental.enable_x64
    with wide(True), warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        check_equal(*case, seeds=range(3), weighted=True, ignore=None)
        tally = ConfusionTally(case[0], num_classes=case[1])
        state = tally.update(tally.init(), *arrays(*case, np.random.default_rng(0)))
    assert {value.dtype for value in state.values()} == {np.dtype("int32")}


@pytest.mark.campaign
@pytest.mark.parametrize(
    "case", [("multiclass", 3, "numbers"), *later(("binary", 1, "float"), ("multilabel", 4, "rows"))]
)
def test_a_state_goes_on_from_a_checkpoint(case: Any) -> None:
    """A state that comes back as arrays of NumPy, as from a checkpoint or a pickle, counts on, outside of `jit` too."""
    tally = ConfusionTally(case[0], num_classes=case[1], weighted=True)
    (first, second), weight = (arrays(*case, np.random.default_rng(seed)) for seed in (1, 2)), np.ones(60)
    half = tally.update(tally.init(), *first, sample_weight=weight)
    host = {name: np.array(value) for name, value in half.items()}
    wanted = tally.update(half, *second, sample_weight=weight)
    for update in (tally.update, jax.jit(tally.update)):
        jax.tree.map(np.testing.assert_array_equal, update(host, *second, sample_weight=weight), wanted)


@pytest.mark.campaign
def test_many_classes_have_no_matrix() -> None:
    """Of classes beyond the bound tp, fp and fn are kept, on a coarser grid, as everywhere."""
    classes = 1_950
    y, s = RNG.integers(0, classes, 50), RNG.random((50, classes)).astype(np.float32) / 100
    tally, counts = ConfusionTally("multiclass", num_classes=classes), Counts("multiclass", max_samples=0)
    counts.update(y, s)
    found = tally.to_counts(tally.update(tally.init(), y, s)).counted("val")
    np.testing.assert_array_equal(found.tally.argmax, counts.counted("val").tally.argmax)
    np.testing.assert_array_equal(found.tally.histogram, counts.counted("val").tally.histogram)


@pytest.mark.parametrize(
    ("given_", "error"),
    [
        (lambda t: t.update(t.init(), [0, 1], [[0.1], [0.2], [0.3]]), "labels must be one a sample, or rows as"),
        (
            lambda t: (u := ConfusionTally("multiclass", num_classes=3)).update(u.init(), [0], [[0.1] * 4]),
            r"^scores must be \[\.\.\., 3\], as num_classes=3 says\. Received: y_score \(1, 4\)$",
        ),
        (lambda t: ConfusionTally("multiclass"), 'kind="multiclass" takes .*num_classes=1'),
        (lambda t: t.update(t.init(), [0, 1], [0.1, 0.2], mask=[True]), "mask must be one a sample. Received: 1 for 2"),
        (lambda t: t.update(t.init(), [0], [0.1], sample_weight=[1.0]), "sample_weight must come with every batch"),
        (lambda t: t.to_counts({"seen": np.ones(())}), "a state must have the counters of init"),
        (lambda t: t.to_counts({n: v - 1 for n, v in t.init().items()}), "a state must count at most 2,147,483,647"),
        (lambda t: ConfusionTally("binary", num_classes=3), 'kind="binary" takes'),
    ],
)
def test_what_breaks_a_rule_is_one_error(given_: Any, error: str) -> None:
    """The rule, and what came."""
    with pytest.raises(ValueError, match=error):
        given_(ConfusionTally("binary"))


DEVICES = """
import os
os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"
import jax, numpy as np
from jax.sharding import Mesh, PartitionSpec as P
from recorder import Counts
from recorder.jax import ConfusionTally
rng = np.random.default_rng(0)
y, s = rng.integers(0, 2, 64), rng.random(64).astype(np.float32)
tally, one = ConfusionTally("binary"), Counts("binary")
one.update(y, s)
wanted = one.counted("val").tally.histogram
both = jax.pmap(lambda y, s: jax.lax.psum(tally.update(tally.init(), y, s), "d"), axis_name="d")(
    y.reshape(2, 32), s.reshape(2, 32))
found = tally.to_counts(jax.tree.map(lambda value: value[0], both)).counted("val").tally.histogram
assert jax.device_count() == 2 and (found == wanted).all()
mesh = Mesh(np.array(jax.devices()), ("d",))
shard_map = getattr(jax, "shard_map", None) or __import__("jax.experimental.shard_map").experimental.shard_map.shard_map
summed = shard_map(lambda y, s: jax.lax.psum(tally.update(tally.init(), y, s), "d"), mesh=mesh,
    in_specs=(P("d"), P("d")), out_specs=P())
found = tally.to_counts(jax.jit(summed)(y, s)).counted("val").tally.histogram
assert (found == wanted).all()
"""


def test_sums_over_devices() -> None:
    """Two devices by `pmap` and by `shard_map`: `psum` of the states is what one device counts."""
    subprocess.run([sys.executable, "-c", DEVICES], check=True, cwd=Path(__file__).parents[3], timeout=240)


def test_a_run_of_it_equals_scikit_learn(tmp_path: Path) -> None:
    """What is on disk of a point equals scikit-learn's counts of the same scores."""
    y, logits = RNG.integers(0, 3, 300), RNG.normal(size=(300, 3)).astype(np.float32)
    tally = ConfusionTally("multiclass", num_classes=3, from_logits=True)
    with RunWriter(tmp_path, name="jax") as run:
        run.epoch(step=7, val=tally.to_counts(tally.update(tally.init(), y, logits)))
    assert read_manifest(run.folder).outputs[0].kind == "multiclass"
    check_counts(records_of(run.folder)[0], run.folder, y, np.asarray(jax.nn.softmax(logits, axis=-1)))
