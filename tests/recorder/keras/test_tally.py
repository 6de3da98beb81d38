"""`ConfusionTally` equals NumPy and scikit-learn, exactly and at every threshold."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, matthews_corrcoef

from recorder import ConfusionTally, counting
from recorder.keras import multi_class_layout
from recorder.keras.counter_ops import COUNTER, LARGEST
from recorder.runfile import four_counts
from tests.conftest import later_rows

from .trainings import mean_mcc

EDGY = np.r_[
    counting.default_thresholds(),
    np.nextafter(counting.default_thresholds(), np.float32(2)),
    np.array([np.nan, np.inf, -np.inf, -1, 2, 1e-40, -1e-40, -0.0, 1e-38], np.float32),
].astype(np.float32)


def feed(tally: ConfusionTally, truth: np.ndarray, score: np.ndarray, weight: np.ndarray | None = None) -> None:
    """Three batches of unequal sizes."""
    for part in np.array_split(np.arange(len(truth)), [3, 11]):
        tally.update_state(truth[part], score[part], sample_weight=None if weight is None else weight[part])


def assert_equal(tally: ConfusionTally, truth: np.ndarray, score: np.ndarray, weight: np.ndarray | None = None) -> None:
    read = tally.read("val")
    wanted = counting.tally_arrays(truth, score, output=tally.output(), split="val", sample_weight=weight)
    for name in ("histogram", "nan", "ignored", "matrix"):
        np.testing.assert_array_equal(getattr(read, name), getattr(wanted, name), err_msg=name)
    if weight is not None:
        np.testing.assert_allclose(read.weights, wanted.weights, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(read.weight_squares, wanted.weight_squares, rtol=1e-4)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["binary", "multiclass", "multilabel"]),
    st.sampled_from([None, -1, 0]),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
def test_device_counts_equal_numpy_counts(kind: str, ignore: int | None, weighted: bool, seed: int) -> None:
    """Edges, neighbours of edges, NaN, infinities, denormals, ignored and wrong labels: the same in every bin."""
    rng = np.random.default_rng(seed)
    classes = 1 if kind == "binary" else 3
    score = rng.choice(EDGY, (40, classes))
    truth = rng.integers(-1, classes + 1, 40) if kind == "multiclass" else rng.integers(0, 2, (40, classes))
    if kind != "multiclass" and ignore == -1:
        truth[rng.random(truth.shape) < 0.2] = -1
    weight = rng.random(40).astype(np.float32) if weighted else None
    tally = ConfusionTally(kind=kind, ignore_label=ignore)
    feed(tally, truth, score, weight)
    assert_equal(tally, truth, score, weight)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_binary_counts_equal_a_direct_float32_comparison_at_every_threshold(seed: int) -> None:
    """tp, fp, tn, fn at each of the 1,123 thresholds equal those of `score > threshold`, compared in float32."""
    rng = np.random.default_rng(seed)
    score = rng.choice(EDGY[~np.isnan(EDGY) & (np.abs(EDGY) > 1e-37)], 60)
    truth = rng.integers(0, 2, 60)
    tally = ConfusionTally()
    feed(tally, truth, score[:, None])
    tp, fp, tn, fn = (count[0] for count in four_counts(tally.read("val").histogram))
    positive = score[:, None] > counting.default_thresholds()
    np.testing.assert_array_equal(tp, (positive & (truth == 1)[:, None]).sum(0))
    np.testing.assert_array_equal(fp, (positive & (truth == 0)[:, None]).sum(0))
    np.testing.assert_array_equal(tn, (~positive & (truth == 0)[:, None]).sum(0))
    np.testing.assert_array_equal(fn, (~positive & (truth == 1)[:, None]).sum(0))


def test_matrix_equals_scikit_learn() -> None:
    """The K x K matrix of argmax equals `confusion_matrix`, for sparse and one-hot targets of any dtype."""
    rng = np.random.default_rng(0)
    truth, score = rng.integers(0, 5, 200), rng.dirichlet(np.ones(5), 200).astype(np.float32)
    wanted = confusion_matrix(truth, score.argmax(1), labels=range(5))
    for target in (truth, truth[:, None], truth.astype(np.float32), np.eye(5)[truth], np.eye(5, dtype=bool)[truth]):
        tally = ConfusionTally()
        feed(tally, target, score)
        np.testing.assert_array_equal(tally.read("val").matrix, wanted)
        assert float(tally.result()) == pytest.approx(matthews_corrcoef(truth, score.argmax(1)), abs=1e-6)


@pytest.mark.parametrize("rows", [False, True])
def test_counts_beside_a_large_matrix_are_its_sums(rows: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above so many classes the value in the logs is not summed from the matrix at each step, and is the same."""
    rng = np.random.default_rng(0)
    truth, score = rng.integers(0, 5, 200), rng.dirichlet(np.ones(5), 200).astype(np.float32)
    score[20:30] = np.nan
    target: np.ndarray = np.eye(5, dtype=np.float32)[truth]
    target[7] = 0
    if not rows:
        target = np.where(np.arange(200) == 7, -1, truth)
    tallies = []
    for few in (2, 64):
        monkeypatch.setattr(multi_class_layout, "FEW", few)
        tallies.append(ConfusionTally(kind=None if rows else "multiclass", ignore_label=3))
        feed(tallies[-1], target, score)
    beside, summed = tallies
    for name in ("histogram", "nan", "ignored", "matrix"):
        np.testing.assert_array_equal(getattr(beside.read("val"), name), getattr(summed.read("val"), name))
    assert float(beside.result()) == pytest.approx(float(summed.result()), abs=1e-7)
    kept = (truth != 3) & ~np.isnan(score[:, 0]) & (np.arange(200) != 7)
    matrix = confusion_matrix(truth[kept], score[kept].argmax(1), labels=range(5))
    np.testing.assert_array_equal(beside.read("val").matrix, matrix)
    wanted = matthews_corrcoef(truth[kept], score[kept].argmax(1))
    assert float(beside.result()) == pytest.approx(wanted, abs=1e-6)


def test_result_is_the_matthews_coefficient_or_nan() -> None:
    """The value in the logs equals scikit-learn's at the decision threshold, and is NaN where it is undefined."""
    rng = np.random.default_rng(1)
    truth, score = rng.integers(0, 2, 300), rng.random(300).astype(np.float32)
    for threshold in (0.5, 0.3):
        tally = ConfusionTally(decision_threshold=threshold)
        feed(tally, truth, score[:, None])
        assert float(tally.result()) == pytest.approx(matthews_corrcoef(truth, score > np.float32(threshold)), abs=1e-6)
    tally.reset_state()
    assert np.isnan(float(tally.result()))


@pytest.mark.parametrize("told", [False, True])
def test_result_of_several_labels_is_the_mean_of_those_that_are_defined(told: bool) -> None:
    """The value in the logs is the mean of scikit-learn's MCC of each label whose labels and calls have both sides."""
    rng = np.random.default_rng(5)
    truth, score = rng.integers(0, 2, (300, 4)), rng.random((300, 4)).astype(np.float32)
    truth[:, 1], score[:, 2] = 0, 0.9  # one never occurs, another is always called
    score[:, 3] = np.clip(0.6 * truth[:, 3] + score[:, 3] / 2, 0, 1)
    tally = ConfusionTally(kind="multilabel" if told else None)
    feed(tally, truth, score)
    assert float(tally.result()) == pytest.approx(mean_mcc(truth, score > 0.5), abs=1e-6)
    nothing = ConfusionTally(kind="multilabel")
    feed(nothing, truth[:, 1:2], score[:, 1:2])
    assert np.isnan(float(nothing.result()))


def test_logits_are_counted_as_probabilities() -> None:
    """`from_logits=True` counts sigmoid and softmax of the predictions."""
    rng = np.random.default_rng(2)
    for width, activation in ((1, keras.ops.sigmoid), (4, keras.ops.softmax)):
        logits = rng.normal(size=(80, width)).astype(np.float32)
        truth = rng.integers(0, max(width, 2), 80)
        tally = ConfusionTally(from_logits=True)
        tally.update_state(truth, logits)
        assert_equal(tally, truth, keras.ops.convert_to_numpy(activation(logits)))


def test_leading_axes_are_flattened() -> None:
    """Sequences and pixels count position by position, with a weight for each position or each sample."""
    rng = np.random.default_rng(3)
    truth, score = rng.integers(0, 2, (6, 5, 4)), rng.random((6, 5, 4, 1)).astype(np.float32)
    for weight in (rng.random((6, 5, 4)).astype(np.float32), rng.random(6).astype(np.float32)):
        tally = ConfusionTally()
        tally.update_state(truth, score, sample_weight=weight)
        spread = np.broadcast_to(weight.reshape(6, *weight.shape[1:], *[1] * (3 - weight.ndim)), (6, 5, 4)).ravel()
        assert_equal(tally, truth.ravel(), score.reshape(-1, 1), spread)


@pytest.mark.parametrize("start", [2**24 + 1, LARGEST - 2, 2**31 + 1])
def test_counts_go_on_above_two_to_the_24(start: int) -> None:
    """A counter at 2^24 + 1, where float32 would stand still, still counts one by one; above 2^31 where it has 64 bits;
    and a counter that is full says so."""
    if start > LARGEST:
        pytest.skip("the counters of this backend have 32 bits")
    tally = ConfusionTally()
    one = np.array([1]), np.array([[0.7]], np.float32)
    tally.update_state(*one)
    for variable in tally.variables:
        variable.assign(keras.ops.convert_to_numpy(variable) * np.int64(start))
    tally.update_state(*one)
    assert tally.read("val").histogram.max() == start + 1
    if start == LARGEST - 2:
        tally.update_state(*one)
        with pytest.raises(OverflowError, match=rf"^a counter must stay below {LARGEST} in an epoch"):
            tally.read("val")


@pytest.mark.skipif(LARGEST > 2**31, reason="counters of 64 bits are never full")
@pytest.mark.parametrize("samples", [1, 4_000])
def test_a_counter_of_32_bits_that_is_full_stays_so(samples: int) -> None:
    """Whether a batch adds to few of the counters or to as many as there are: none wraps round, however much comes."""
    tally, alike = ConfusionTally(), (np.ones(samples, int), np.full((samples, 1), 0.7, np.float32))
    tally.update_state(*alike)
    for variable in tally.variables:
        variable.assign(np.where(keras.ops.convert_to_numpy(variable) > 0, LARGEST - samples - 1, 0))
    tally.update_state(*alike)
    assert tally.read("val").histogram.max() == LARGEST - 1
    for _ in range(3):
        tally.update_state(*alike)
        with pytest.raises(OverflowError, match=rf"^a counter must stay below {LARGEST} in an epoch"):
            tally.read("val")


@pytest.mark.campaign
@pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="XLA by way of TensorFlow")
def test_compiled_by_xla_it_counts_the_same() -> None:
    """Under `jit_compile=True`, Keras's default on a GPU, counts equal the NumPy ones."""
    import tensorflow as tf

    rng = np.random.default_rng(4)
    truth, score = rng.integers(0, 2, 64), rng.choice(EDGY, (64, 1))
    tally = ConfusionTally()
    tally.update_state(truth[:1], score[:1])
    tally.reset_state()
    tf.function(lambda: tally.update_state(truth, score), jit_compile=True)()
    assert_equal(tally, truth, score)


def test_wrong_arguments_name_the_rule() -> None:
    """Each argument that breaks its rule raises with the rule and what came."""
    with pytest.raises(
        ValueError, match=r'^kind must be "binary", "multiclass", "multilabel" or None\. Received: \'x\'$'
    ):
        ConfusionTally(kind="x")
    with pytest.raises(ValueError, match=r"^decision_threshold must be in \[0, 1\]\. Received: 1\.7$"):
        ConfusionTally(decision_threshold=1.7)
    with pytest.raises(ValueError, match=r"^thresholds must increase, each in \[0, 1\] and distinct in float32\."):
        ConfusionTally([0.5, 0.5])


@pytest.mark.skipif(keras.config.backend() == "numpy", reason="Keras trains nothing on NumPy")
def test_a_saved_model_loads_with_it_and_without_it(tmp_path) -> None:
    """The metric comes back from a saved model with its arguments; `compile=False` needs it not."""
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(
        loss="binary_crossentropy", metrics=[ConfusionTally([0.1, 0.9], decision_threshold=0.3, ignore_label=-1)]
    )
    x, y = np.zeros((8, 2)), np.array([0, 1] * 4)
    model.fit(x, y, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    loaded.evaluate(x, y, verbose=0)
    (tally,) = [m for m in loaded.metrics[1].metrics if isinstance(m, ConfusionTally)]
    assert (tally.decision_threshold, tally.ignore_label) == (0.3, -1)
    np.testing.assert_array_equal(tally.thresholds, np.float32([0.1, 0.3, 0.9]))
    assert tally.read("val").histogram.sum() == 8
    assert keras.models.load_model(tmp_path / "model.keras", compile=False).predict(x, verbose=0).shape == (8, 1)


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize(
    ("number", "capacity"), [(100, 10), (7, 10), *later_rows((41, 10), (40, 10), (10, 10), (130, 1))]
)
def test_the_tap_keeps_the_regular_subset(number: int, capacity: int, known: bool) -> None:
    """Whatever the number of samples and the batches, the tap keeps every 2^k-th, and the same in every pass."""
    rng = np.random.default_rng(5)
    for classes in (1, 3, 20):
        score = rng.random((number, classes)).astype(np.float32)
        truth = rng.integers(0, max(classes, 2), number)
        tally = ConfusionTally()
        tally.update_state(truth, score)
        for _ in range(2):
            tally.begin_tap(capacity, number if known else None)
            tally.reset_state()
            for start in range(0, number, 7):
                tally.update_state(truth[start : start + 7], score[start : start + 7])
            tally.tap.recording = False
            tally.update_state(truth, score)
            read = tally.samples("val")
            wanted = counting.samples_of(truth, score, output=tally.output(), split="val", max_samples=capacity)
            for name in ("sample", "y_true", "y_score", "label"):
                np.testing.assert_array_equal(getattr(read, name), getattr(wanted, name), err_msg=name)


@pytest.mark.parametrize("said", [5, 10, 35])
def test_a_tap_that_was_told_too_few_keeps_what_has_room_and_is_not_misled_again(said: int) -> None:
    """More samples than were announced: the first ones are kept at the stride of those; the next pass is right."""
    truth, score = np.arange(100) % 2, np.linspace(0, 1, 100, dtype=np.float32)[:, None]
    tally, found = ConfusionTally(), []
    tally.update_state(truth, score)
    for _ in range(2):
        tally.begin_tap(10, said)
        tally.reset_state()
        for start in range(0, 100, 7):
            tally.update_state(truth[start : start + 7], score[start : start + 7])
        found.append(tally.samples("val"))
    stride = counting.regular_stride(said, 10)
    assert found[0].sample.tolist() == list(range(0, 10 * stride, stride))
    assert found[1].sample.tolist() == list(range(0, 100, 16))
    for samples in found:
        np.testing.assert_array_equal(samples.y_score, score[samples.sample])


@pytest.mark.skipif(keras.config.backend() != "jax", reason="of JAX, by test_backends.py")
@pytest.mark.parametrize(
    ("classes", "several", "known"),
    [
        (1, False, True),
        (3, False, False),
        (20, True, True),
        *later_rows((1, True, False), (3, True, True), (20, False, False)),
    ],
)
def test_a_batch_as_the_last_one_is_not_compiled_anew(
    classes: int, several: bool, known: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Outside of a compiled step JAX compiles what a batch of new shape needs, and nothing for the next one."""
    import jax

    rng, number = np.random.default_rng(5), 50 + 4 * classes + 2 * several + known  # a shape of its own for each case
    score = rng.random((number, classes)).astype(np.float32)
    truth = rng.integers(0, 2, (number, classes)) if several else rng.integers(0, max(classes, 2), number)
    tally = ConfusionTally()
    tally.update_state(truth[:8], score[:8])
    tally.begin_tap(10, 4 * number if known else None)
    with jax.log_compiles():
        tally.update_state(truth, score)
        assert "Compiling" in caplog.text
        caplog.clear()
        for _ in range(3):
            tally.update_state(truth, score)
    assert "Compiling" not in caplog.text


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 6), st.integers(0, 2**32 - 1), st.sampled_from([1, 1_000, 10**6]))
def test_result_equals_scikit_learn_for_any_matrix(classes: int, seed: int, scale: int) -> None:
    """Of any K x K matrix, also a lopsided one of large counts, the value in the logs is scikit-learn's coefficient."""
    rng = np.random.default_rng(seed)
    matrix = rng.poisson(rng.gamma(0.3, 3, (classes, classes)))
    matrix[0, 0] *= scale
    true, predicted = (axis.ravel() for axis in np.indices(matrix.shape))
    wanted = matthews_corrcoef(true, predicted, sample_weight=matrix.ravel()) if matrix.any() else np.nan
    if min((matrix.sum(axis=axis) > 0).sum() for axis in (0, 1)) < 2:
        wanted = np.nan  # one class alone: 0/0, where scikit-learn says 0
    tally = ConfusionTally(kind="multiclass")
    tally.build(np.zeros(1), np.zeros((1, classes)))
    cells = np.zeros((classes + 2, classes + 1), np.int64)
    cells[:classes, :classes] = matrix
    tally.variables[1].assign(cells.ravel())
    assert float(tally.result()) == pytest.approx(wanted, abs=2e-6, nan_ok=True)


def test_the_result_has_the_dtype_that_was_asked_for() -> None:
    """`dtype` is that of the value in the logs, before the first batch and after it."""
    tally = ConfusionTally(dtype="float16")
    for _ in range(2):
        assert keras.backend.standardize_dtype(tally.result().dtype) == "float16"
        tally.update_state(np.array([0, 1]), np.array([[0.2], [0.7]], np.float32))


def test_scores_outside_are_counted_in_the_end_bins_of_any_grid() -> None:
    """On a grid that ends before 0 and 1, what is outside [0, 1] is told apart from what is only outside the grid."""
    tally = ConfusionTally([0.25, 0.5, 0.75])
    score = np.array([-np.inf, -1, -1e-6, 0, 0.1, 0.9, 1, 1 + 1e-6, 1.1, np.inf], np.float32)
    tally.update_state(np.zeros(10), score[:, None])
    assert tally.read("val").histogram[0, 0].tolist() == [5, 0, 0, 5]
    assert tally.outside == 4 == counting.outside(score)


def test_positions_go_on_above_two_to_the_31() -> None:
    """Of a pass of more than 2^31 positions (segmentation) samples keep theirs, or the tap ends and says so."""
    truth, score = np.arange(4) % 2, np.linspace(0.1, 0.9, 4, dtype=np.float32)[:, None]
    tally = ConfusionTally()
    tally.update_state(truth, score)
    tap = tally.open_tap(4)
    tally.reset_state()
    tap.begin()
    tap._seen.assign(2**31 - 2)
    tap._stride.assign(2**29)
    for _ in range(2):
        tally.update_state(truth, score)
    samples = tally.samples("val")
    tally.read("val")
    if COUNTER == "int32":
        assert samples is None
        assert tally.met.lost_positions
    else:
        assert samples.sample.tolist() == [0, 2**30, 2**31]  # thinned: every 2^29th has no room any more
        assert samples.y_score[2] == score[2]
        assert not tally.met.lost_positions


@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_of_very_many_classes_the_device_keeps_what_arrays_keep(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a small bound: argmax of each class for a matrix, a coarser grid, fewer samples, on both sides."""
    monkeypatch.setattr(counting, "BOUND", 4_000)
    rng = np.random.default_rng(7)
    truth = rng.integers(-1, 21, 90) if kind == "multiclass" else rng.integers(0, 2, (90, 20))
    score = rng.dirichlet(np.ones(20), 90).astype(np.float32)
    score[::9, 3] = np.nan
    tally = ConfusionTally(kind=kind)
    feed(tally, truth, score)
    output = tally.output()
    assert len(output.thresholds) < 20
    assert output.matrix == (kind == "multilabel")
    assert_equal(tally, truth, score)
    wanted = counting.tally_arrays(truth, score, output=output, split="val")
    if kind == "multiclass":
        np.testing.assert_array_equal(tally.read("val").argmax, wanted.argmax)
        fine = (truth >= 0) & (truth < 20) & ~np.isnan(score).any(axis=1)
        true, decided = truth[fine], score[fine].argmax(axis=1)
        assert float(tally.result()) == pytest.approx(matthews_corrcoef(true, decided), abs=1e-6)
    tally.open_tap(80).begin()
    tally.reset_state()
    feed(tally, truth, score)
    kept = counting.samples_of(truth, score, output=output, split="val", max_samples=80)
    np.testing.assert_array_equal(tally.samples("val").sample, kept.sample)
    np.testing.assert_array_equal(tally.samples("val").y_true, kept.y_true)


@pytest.mark.skipif(keras.config.backend() == "numpy", reason="Keras trains nothing on NumPy")
def test_a_softmax_of_thirty_thousand_classes_trains() -> None:
    """Where a matrix would take 7 GiB, `fit` runs and counts."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(30_000, "softmax")])
    tally = ConfusionTally()
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[tally])
    model.fit(np.zeros((8, 2)), np.arange(8), verbose=0)
    read = tally.read("train")
    assert (read.matrix, read.argmax[:, [0, 2]].sum()) == (None, 8)
    assert read.histogram.nbytes <= counting.BOUND
