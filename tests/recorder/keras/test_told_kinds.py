"""What kind of output a model has is told from its labels and scores, or refused, or said to be uncertain."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
from sklearn.metrics import f1_score, matthews_corrcoef, multilabel_confusion_matrix

from recorder import ConfusionTally, RunRecorder
from recorder.runfile import EpochRecord, Output, four_counts, kind_of, read_manifest, read_records
from tests.conftest import later

from .trainings import mean_mcc

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 4)).astype(np.float32)
RARE = (X[:, 0] + RNG.normal(size=400) > 2).astype(int)  # one in thirteen
MANY = (X @ RNG.normal(size=(4, 8)) > 1).astype(np.float32)


def record(
    folder: Path, head: keras.layers.Layer, y: np.ndarray, loss: str, **options: object
) -> tuple[Output, EpochRecord]:
    """What is recorded of one epoch on all samples."""
    keras.utils.set_random_seed(0)
    tally, recorder = ConfusionTally(**options), RunRecorder(folder)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), head])
    model.compile(keras.optimizers.Adam(0.05), loss, metrics=[tally])
    model.fit(X, y, validation_data=(X, y), epochs=2, verbose=0, callbacks=[recorder])
    return read_manifest(recorder.folder).outputs[0], read_records(recorder.folder)[-1]


@pytest.mark.parametrize(
    ("rows", "logits"),
    [
        (True, True),
        pytest.param(False, False, marks=pytest.mark.campaign),
        pytest.param(False, True, marks=pytest.mark.campaign),
        pytest.param(True, False, marks=pytest.mark.campaign),
    ],
)
def test_two_softmax_units_are_binary(tmp_path: Path, rows: bool, logits: bool) -> None:
    """F1 at any threshold is scikit-learn's of class 1, and samples keep one score: the softmax of the second unit."""
    loss = keras.losses.CategoricalCrossentropy if rows else keras.losses.SparseCategoricalCrossentropy
    head = keras.layers.Dense(2, None if logits else "softmax")
    y = np.eye(2)[RARE] if rows else RARE
    output, found = record(tmp_path, head, y, loss(from_logits=logits), from_logits=logits)
    (samples,), tally = found.samples, found.tallies[1]
    assert (output.kind, tally.matrix, tally.histogram.shape[0], samples.y_score.shape) == ("binary", None, 1, (400, 1))
    np.testing.assert_array_equal(samples.y_true, RARE)
    tp, fp, _, fn = four_counts(tally.histogram)
    for threshold in (0.1, 0.5):
        at = output.thresholds.index(float(np.float32(threshold)))
        wanted = f1_score(RARE, samples.y_score[:, 0] > np.float32(threshold))
        assert 2 * tp[0, at] / (2 * tp + fp + fn)[0, at] == pytest.approx(wanted)
    assert found.logs["val_mcc"] == pytest.approx(matthews_corrcoef(RARE, samples.y_score[:, 0] > 0.5), abs=1e-5)


@pytest.mark.campaign
def test_asked_for_two_softmax_units_are_multi_class(tmp_path: Path) -> None:
    """`kind="multiclass"` gives two units their 2 x 2 matrix of argmax."""
    head = keras.layers.Dense(2, "softmax")
    output, found = record(tmp_path, head, RARE, "sparse_categorical_crossentropy", kind="multiclass")
    assert output.kind == "multiclass"
    assert found.tallies[1].matrix.sum(axis=1).tolist() == [(RARE == 0).sum(), (RARE == 1).sum()]


@pytest.mark.parametrize("own", [False, *later(True)])
def test_several_ones_in_a_row_are_multi_label(tmp_path: Path, own: bool) -> None:
    """Eight sigmoids with multi-hot labels count each label, as scikit-learn does, whoever made the sigmoids."""
    head = keras.layers.Dense(8, "sigmoid")
    if own:  # an activation of the user's own: no graph tells it
        head = keras.layers.Dense(8, lambda x: 1 / (1 + keras.ops.exp(-x)))
    output, found = record(tmp_path, head, MANY, "binary_crossentropy")
    tally, (samples,) = found.tallies[1], found.samples
    assert (output.kind, tally.matrix) == ("multilabel", None)
    np.testing.assert_array_equal(samples.y_true, MANY)
    tp, fp, tn, fn = kind_of(output).decided(tally, output)
    wanted = multilabel_confusion_matrix(MANY, samples.y_score > 0.5)
    np.testing.assert_array_equal(np.stack([tn, fp, fn, tp], axis=1).reshape(8, 2, 2), wanted)
    assert found.logs["val_mcc"] == pytest.approx(mean_mcc(MANY, samples.y_score > 0.5), abs=1e-5)


@pytest.mark.parametrize("own", [False, *later(True)])
def test_one_hot_labels_of_a_softmax_are_multi_class(tmp_path: Path, own: bool) -> None:
    """Rows with one 1 beside scores that sum to 1 are multi-class, whoever made the softmax."""
    head = keras.layers.Dense(4, "softmax")
    if own:
        head = keras.layers.Dense(
            4, lambda x: keras.ops.exp(x) / keras.ops.sum(keras.ops.exp(x), axis=1, keepdims=True)
        )
    classes = X[:, :4].argmax(axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        output, found = record(tmp_path, head, np.eye(4)[classes], "categorical_crossentropy")
    (samples,) = found.samples
    assert output.kind == "multiclass"
    assert found.tallies[1].matrix.sum() == 400
    assert found.logs["val_mcc"] == pytest.approx(matthews_corrcoef(classes, samples.y_score.argmax(axis=1)), abs=1e-5)


def test_what_could_be_either_is_said_once(tmp_path: Path) -> None:
    """Sigmoids with exactly one label a sample could be classes or labels: one warning, which names `kind=`."""
    labels = np.eye(8)[RNG.integers(0, 8, 400)]
    with pytest.warns(RuntimeWarning, match=r"exactly one label: taken for kind=\"multilabel\"") as caught:
        output, _ = record(tmp_path, keras.layers.Dense(8, "sigmoid"), labels, "binary_crossentropy")
    assert output.kind == "multilabel"
    assert len([w for w in caught if "kind=" in str(w.message)]) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        record(tmp_path, keras.layers.Dense(8, "sigmoid"), labels, "binary_crossentropy", kind="multilabel")


def test_what_turned_out_stays_over_epochs_and_resets() -> None:
    """The first batch settles the kind; a later one whose rows happen to look otherwise does not change it."""
    tally = ConfusionTally([0.5])
    tally.update_state(np.array([[1, 1, 0], [0, 0, 1]]), np.array([[0.9, 0.8, 0.1], [0.2, 0.2, 0.6]], np.float32))
    tally.reset_state()
    tally.update_state(np.eye(3), np.eye(3, dtype=np.float32))
    assert tally.read("val").matrix is None
    assert tally.kind == "multilabel"


WRONG = {
    "two units as one score": ({"kind": "binary"}, (4,), (4, 2), r'^kind="binary" takes one score a .*\(4, 2\)$'),
    "class numbers of labels": (
        {"kind": "multilabel"}, (4,), (4, 3), r'^kind="multilabel" takes a label of 0 or 1 .*\(4,\), y_pred \(4, 3\)$',
    ),
    "rows of another width": ({}, (4, 5), (4, 3), r"^labels must be one for each .*wide as the scores, 3; kind="),
    "rows for one score": ({}, (4, 3), (4, 1), r"^labels must be one for each position of the scores; kind="),
    "one class": ({"kind": "multiclass"}, (4,), (4, 1), r'^kind="multiclass" takes 2 scores a sample or more\.'),
    "another number": ({}, (3,), (4, 1), r"^labels must be one for each position"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_this_kind_is_refused_at_the_first_batch(case: str) -> None:
    """The error says the rule, the argument, and the shapes that came."""
    options, truth, scores, message = WRONG[case]
    with pytest.raises(ValueError, match=message):
        ConfusionTally(**options).update_state(np.zeros(truth), np.zeros(scores, np.float32))


def test_a_tally_counts_one_output(tmp_path: Path) -> None:
    """Compiled again for another width, or shared by two outputs: refused with what to do instead."""
    tally = ConfusionTally()
    tally.update_state(np.zeros(4), np.zeros((4, 1), np.float32))
    with pytest.raises(
        ValueError, match=r"^a ConfusionTally counts one output, and this one counts 1 scores a sample\."
    ):
        tally.update_state(np.zeros(4), np.zeros((4, 3), np.float32))
    inputs = keras.Input((4,))
    heads = {name: keras.layers.Dense(1, "sigmoid", name=name)(inputs) for name in ("left", "right")}
    model, shared = keras.Model(inputs, heads), ConfusionTally()
    model.compile(loss="binary_crossentropy", metrics={name: [shared] for name in heads})
    with pytest.raises(ValueError, match=r"^a ConfusionTally counts one output\. Received: one 'mcc' for several"):
        model.fit(X, dict.fromkeys(heads, RARE), verbose=0, callbacks=[RunRecorder(tmp_path)])


def test_padding_is_ignored_as_keras_ignores_it(tmp_path: Path) -> None:
    """Positions that `Embedding(mask_zero=True)` masks do not count: Keras's accuracy scores as many."""
    words = RNG.integers(1, 50, (60, 30))
    words[np.arange(30) >= RNG.integers(5, 31, 60)[:, None]] = 0
    labels, layers = RNG.integers(0, 3, (60, 30)), keras.layers
    model = keras.Sequential(
        [layers.Embedding(50, 4, mask_zero=True), layers.GRU(4, return_sequences=True), layers.Dense(3, "softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy", ConfusionTally()])
    recorder = RunRecorder(tmp_path)
    model.fit(words, labels, validation_data=(words, labels), verbose=0, callbacks=[recorder])
    (found,) = read_records(recorder.folder)
    # Keras on JAX loses the mask in training, for its own accuracy too.
    for tally in found.tallies[keras.config.backend() == "jax" :]:
        assert (tally.matrix.sum(), tally.ignored) == ((words > 0).sum(), (words == 0).sum())
    val = found.tallies[1].matrix
    assert np.trace(val) / val.sum() == pytest.approx(found.logs["val_accuracy"], abs=1e-6)
    np.testing.assert_array_equal(found.samples[0].y_true, np.where(words > 0, labels, -1).ravel())


GAPS = np.where(RNG.random(MANY.shape) < 0.3, np.nan, MANY)
SOME = np.eye(4)[np.arange(400) % 4]


@pytest.mark.parametrize(
    ("y", "activation", "ignored", "counted"),
    [
        (np.where(X[:, :1] > 0.5, np.nan, RARE[:, None]), "sigmoid", (X[:, 0] > 0.5).sum(), (X[:, 0] <= 0.5).sum()),
        (np.arange(400) % 4, "softmax", 100, 300 * 3),
        pytest.param(GAPS, "sigmoid", np.isnan(GAPS).sum(), (~np.isnan(GAPS)).sum(), marks=pytest.mark.campaign),
        pytest.param(SOME[:, :3], "softmax", 100, 300 * 3, marks=pytest.mark.campaign),
    ],
    ids=["NaN, binary", "an index outside", "NaN, multi-label", "a row without a one"],
)
def test_what_is_no_label_is_ignored_and_said_once(
    tmp_path: Path, y: np.ndarray, activation: str, ignored: int, counted: int
) -> None:
    """It is in no bin, counted as ignored, and one warning says so for all epochs and splits."""
    width = 3 if y.ndim == 1 else y.shape[1]
    with pytest.warns(RuntimeWarning, match=r"labels of train are none \(NaN, an index outside") as caught:
        tally = told_of(y, width, activation, tmp_path)
    assert len([w for w in caught if "are none" in str(w.message)]) == 1
    assert (tally.ignored, tally.histogram.sum()) == (ignored, counted)


def told_of(y: np.ndarray, width: int, activation: str, folder: Path) -> object:
    """The tally of validation of two epochs; the loss is one that any label serves."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(width, activation)])
    model.compile(loss=lambda y_true, y_pred: keras.ops.mean(y_pred, axis=-1), metrics=[ConfusionTally()])
    recorder = RunRecorder(folder)
    model.fit(X, y, validation_data=(X, y), epochs=2, verbose=0, callbacks=[recorder])
    return read_records(recorder.folder)[-1].tallies[1]


@pytest.mark.parametrize(
    ("y", "scores", "options", "message"),
    [
        (np.arange(200) % 2 + 1, np.linspace(0, 1, 200)[:, None], {}, r"100 labels of val are below 0 or above 1"),
        (np.arange(200) % 3, np.full((200, 3), 0.57), {}, r"sum to 1\.7 a sample, not to 1 .*kind=\"multilabel\""),
        (np.arange(200) % 2, np.linspace(0.5, 0.731, 200)[:, None], {}, r"are in \[0\.5, 0\.7311\]"),
        (
            np.tile([1, 1, 0], (200, 1)),
            np.full((200, 3), 1 / 3),
            {"kind": "multiclass"},
            r"200 label rows of val .*sev",
        ),
    ],
    ids=["labels 1 and 2", "sums of 1.7", "squashed twice", "several ones"],
)
def test_what_only_looks_wrong_is_said(y: np.ndarray, scores: np.ndarray, options: dict, message: str) -> None:
    """Labels 1 and 2, a softmax that sums to 1.7, logits squashed twice, classes with several ones: one sentence."""
    from recorder.remarks import remarks

    tally = ConfusionTally(**options)
    tally.update_state(y, scores.astype(np.float32))
    read = tally.read("val")
    sentences = [sentence for _, sentence in remarks(tally.output(), read, tally.met)]
    assert len(sentences) == 1
    assert re.search(message, sentences[0])
