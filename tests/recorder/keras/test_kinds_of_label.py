"""Every kind, form of label and width: the device, the arrays and a plain loop count the same."""

from __future__ import annotations

from dataclasses import dataclass, field

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder import ConfusionTally, counting, outputs
from recorder.runfile import Output

THRESHOLDS = [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0]
WIDTHS = {"binary": (1, 2), "multiclass": (2, 3, 10, 100), "multilabel": (1, 2, 3, 10, 100)}
FORMS = {"binary": ("plain", "rows"), "multiclass": ("plain", "rows"), "multilabel": ("rows",)}


@dataclass
class Loop:
    """Counts as somebody would who had never heard of an array."""

    histogram: dict = field(default_factory=dict)
    nan: dict = field(default_factory=dict)
    matrix: dict = field(default_factory=dict)
    ignored: int = 0

    def add(self, kind: str, label: object, scores: list[float], ignore: int | None, out: bool) -> None:
        """One sample: its label as it was given (a number, or a row), and the scores of the model."""
        if kind == "multilabel":
            for number, (own, score) in enumerate(zip(label, scores, strict=True)):
                self._one(number, self._side(own, ignore, out), score)
            return
        if kind == "binary":
            row = isinstance(label, list)
            side = self._class(label, 2, ignore, out) if row else self._side(label, ignore, out)
            self._one(0, side, scores[-1])
            return
        true = self._class(label, len(scores), ignore, out)
        if true is None:
            self.ignored += 1
            return
        undefined = any(score != score for score in scores)
        for number, score in enumerate(scores):
            self._one(number, int(number == true), float("nan") if undefined else score)
        if not undefined:
            cell = true, max(range(len(scores)), key=lambda at: (scores[at], -at))
            self.matrix[cell] = self.matrix.get(cell, 0) + 1

    def _side(self, label: float, ignore: int | None, out: bool) -> int | None:
        side = int(label > 0.5)
        return None if out or label != label or ignore in (label, side) else side

    def _class(self, label: object, classes: int, ignore: int | None, out: bool) -> int | None:
        if isinstance(label, list):
            known = all(value == value for value in label) and sum(label) > 0
            label = max(range(classes), key=lambda at: (label[at], -at)) if known else -1
        fine = not out and label == label and label != ignore and label in range(classes)
        return int(label) if fine else None

    def _one(self, number: int, side: int | None, score: float) -> None:
        if side is None:
            self.ignored += 1
            return
        where = self.nan if score != score else self.histogram
        key = (number, side) if score != score else (number, side, sum(score > t for t in np.float32(THRESHOLDS)))
        where[key] = where.get(key, 0) + 1


def dense(counts: dict, shape: tuple[int, ...]) -> np.ndarray:
    """An array of what was counted."""
    found = np.zeros(shape, np.int64)
    for key, number in counts.items():
        found[key] = number
    return found


def labels_of(rng: np.random.Generator, kind: str, form: str, width: int, n: int, spoil: bool) -> np.ndarray:
    """Labels of a form, some of them spoiled: NaN, soft, out of range, rows without a one."""
    if kind == "multilabel":
        labels = rng.choice([0, 1], (n, width)).astype(np.float32)
        if spoil:
            labels = np.where(rng.random(labels.shape) < 0.3, rng.choice([np.nan, 0.9, 0.2, -1], labels.shape), labels)
        return labels.astype(np.float32)
    classes = max(width, 2)
    numbers = rng.integers(0, classes, n)
    if form == "rows":
        rows = np.eye(classes, dtype=np.float32)[numbers]
        if spoil:
            rows[rng.random(n) < 0.2] = 0
            rows[rng.random(n) < 0.1, 0] = np.nan
            rows[rng.random(n) < 0.2] *= np.float32(0.9)
        return rows
    if spoil and rng.random() < 0.5:
        return rng.integers(-1, classes + (kind != "binary"), n)
    labels = numbers.astype(np.float32)
    if spoil:
        labels[rng.random(n) < 0.3] = np.nan
    return labels


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, str, int]:
    kind = draw(st.sampled_from(sorted(WIDTHS)))
    width, form = draw(st.sampled_from(WIDTHS[kind])), draw(st.sampled_from(FORMS[kind]))
    return kind, "plain" if kind == "binary" and width == 1 else form, width


@settings(max_examples=60, deadline=None, derandomize=True)
@given(cases(), st.booleans(), st.sampled_from([None, -1, 1]), st.booleans(), st.integers(0, 2**32 - 1))
def test_three_ways_of_counting_agree(
    case: tuple[str, str, int], spoil: bool, ignore: int | None, masked: bool, seed: int
) -> None:
    """On the device (with the tap), with NumPy, and sample by sample: the same bins, matrix, NaN, ignored, samples."""
    (kind, form, width), rng, n = case, np.random.default_rng(seed), 17
    scores = rng.choice([0, 0.1, 0.25, 0.3, 0.5, 0.7, 1, np.nan], (n, width)).astype(np.float32)
    labels, out = labels_of(rng, kind, form, width, n, spoil), rng.random(n) < (0.3 if masked else 0)
    asked = None if kind == "binary" else kind
    tally = ConfusionTally(THRESHOLDS, kind=asked, ignore_label=ignore)
    if asked is None and form == "rows":
        tally.build(labels, keras.ops.softmax(scores))  # told as softmax by the first batch, whatever comes then
        tally._counters["votes"].assign([1, 0])
    feed(tally, labels, scores, out)
    read, output = tally.read("val"), tally.output()
    assert output.kind == kind
    of_arrays = np.ma.masked_array(labels, np.broadcast_to(out.reshape(-1, *[1] * (labels.ndim - 1)), labels.shape))
    wanted = counting.tally_arrays(of_arrays, scores, output=output, split="val")
    loop = Loop()
    for label, row, left_out in zip(labels.tolist(), scores.tolist(), out.tolist(), strict=True):
        loop.add(kind, label, row, ignore, left_out)
    shape = read.histogram.shape
    for tallied in (read, wanted):
        np.testing.assert_array_equal(tallied.histogram, dense(loop.histogram, shape))
        np.testing.assert_array_equal(tallied.nan, dense(loop.nan, shape[:2]))
        assert tallied.ignored == loop.ignored
        if kind == "multiclass":
            np.testing.assert_array_equal(tallied.matrix, dense(loop.matrix, (width, width)))
    tally.open_tap(100).begin()
    tally.reset_state()
    feed(tally, labels, scores, out)
    samples = tally.samples("val")
    kept = counting.samples_of(of_arrays, scores, output=output, split="val", max_samples=100)
    if ignore != -1 and not masked:  # of what is masked a device keeps -1 or the ignored label alike
        np.testing.assert_array_equal(samples.y_true, kept.y_true)
    if width <= 16:
        np.testing.assert_array_equal(samples.y_score, kept.y_score)


def feed(tally: ConfusionTally, labels: np.ndarray, scores: np.ndarray, out: np.ndarray) -> None:
    """Two batches; positions that are left out bear Keras's mask."""
    for part in (slice(0, 5), slice(5, None)):
        y_pred = keras.ops.convert_to_tensor(scores[part])
        if out.any():
            set_mask(y_pred, keras.ops.convert_to_tensor(~out[part]))
        tally.update_state(labels[part], y_pred)


def set_mask(y_pred: object, mask: object) -> None:
    """As a layer of Keras does."""
    from keras.src.backend import set_keras_mask

    set_keras_mask(y_pred, mask)


@pytest.mark.parametrize("width", [2, 3])
def test_strings_count_as_the_classes_they_name(width: int) -> None:
    """Labels that are strings are looked up in the names of the classes; None is no label."""
    names, rng = ["cat", "dog", "eel"][:width], np.random.default_rng(0)
    numbers, scores = rng.integers(0, width, 40), rng.dirichlet(np.ones(width), 40)
    words = np.array(names, object)[numbers]
    words[3] = None
    output = outputs.output_for(scores, class_names=names)
    told, counted = (
        counting.tally_arrays(truth, scores, output=output, split="val", names=names)
        for truth in (words, np.where(np.arange(40) == 3, np.nan, numbers))
    )
    np.testing.assert_array_equal(told.histogram, counted.histogram)
    assert told.ignored == 1
    with pytest.raises(ValueError, match=r"^labels that are strings must be among class_names, \['cat', .*'cow'$"):
        counting.tally_arrays(["cow"] * 40, scores, output=output, split="val", names=names)
    with pytest.raises(ValueError, match=r"^labels that are strings must be among class_names, and none were given\."):
        counting.tally_arrays(words, scores, output=output, split="val")


def test_a_binary_output_of_two_units_takes_one_score_in_samples_too() -> None:
    """Two softmax units are one score: histogram, samples and matrix say the same as of the second column alone."""
    rng = np.random.default_rng(0)
    truth, scores = rng.integers(0, 2, 50), rng.dirichlet([1, 1], 50).astype(np.float32)
    output: Output = outputs.output_for(scores)
    both, one = (
        counting.samples_of(truth, given, output=output, split="val", max_samples=9) for given in (scores, scores[:, 1])
    )
    assert (output.kind, both.label) == ("binary", None)
    np.testing.assert_array_equal(both.y_score, one.y_score)
