"""One table of cases for every tally: kinds, labels, weights, masks, ignored labels, NaN.

`KERAS_BACKEND=jax python -m tests.recorder.tally_cases` runs it through Keras's tally on a backend; counts are equal to
those of `recorder.counting`, not close.
"""

from __future__ import annotations

import itertools
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from recorder import counting, outputs
from recorder.runfile import KINDS, Output, Tally
from recorder.runfile.manifest import COUNTER_BYTES

WHOLE = ("top_k", "exact_matches", "ranking_sums")
GRID = [0, 0.125, 0.25, 0.5, 0.75]
SAMPLES = 90
LABELS = {
    "binary": ("numbers", "column", "two units", "two hot units"),
    "multiclass": ("numbers", "column", "one-hot", "soft", "many", "without a matrix"),
    "multilabel": ("rows",),
}


@dataclass(frozen=True)
class Case:
    """One case.

    Args:
        kind: of the output.
        labels: their form.
        weights: whether samples have weights.
        masked: whether some positions are left out by a mask.
        ignore: the label that is left out.
        edges: whether there are NaN, infinities, denormals, scores at thresholds and beyond 0 and 1, and no labels.
        sequences: whether samples have positions.
    """

    kind: str
    labels: str
    weights: bool
    masked: bool
    ignore: int | None
    edges: bool
    sequences: bool = False

    @property
    def asked(self) -> Any:
        """The kind that a tally is asked for; two softmax units are told to be binary by what comes."""
        return None if self.labels.startswith("two") else self.kind


CASES = [
    Case(kind, labels, weights, masked, ignore, edges)
    for kind, forms in LABELS.items()
    for labels, weights, masked, ignore, edges in itertools.product(
        forms, (False, True), (False, True), (None, -1, 1), (False, True)
    )
    if not (labels == "two hot units" and edges)  # where scores are no probabilities, rows are told to be multi-label
] + [Case(kind, forms[0], False, True, 1, True, sequences=True) for kind, forms in LABELS.items()]


def bound_of(case: Case) -> int:
    """Bytes that counters may take: so few that a matrix has no room, where there is to be none."""
    return 8 * 2 * 12 * (len(GRID) + 1) + 8 if case.labels == "without a matrix" else COUNTER_BYTES


@dataclass(frozen=True)
class Data:
    """What a tally is given: arrays, of which weights and mask may be None, and what must come of it."""

    y_true: np.ndarray
    y_score: np.ndarray
    weight: np.ndarray | None
    mask: np.ndarray | None
    output: Output
    wanted: Tally


def data(case: Case) -> Data:
    """Arrays of a case; weights are multiples of 1/8, whose sums are exact."""
    rng = np.random.default_rng(sum(map(ord, repr(case))))
    shape = (SAMPLES // 3, 3) if case.sequences else (SAMPLES,)
    classes = 1 if case.kind == "binary" else 20 if case.labels == "many" else 12 if "matrix" in case.labels else 3
    apart = classes == 1 or case.kind == "multilabel"
    score = rng.random((*shape, classes)) if apart else rng.dirichlet(np.ones(classes), shape)
    score = score.astype(np.float32)
    true = rng.integers(0, max(classes, 2), shape).astype(np.float32)
    if case.kind == "multilabel":
        true = rng.integers(0, 2, score.shape).astype(np.float32)
    if case.edges:
        for value in (np.nan, 0.5, 0.25, 1e-40, -1e-40, 1.5, -0.5, np.inf, -np.inf, 1 + 4e-6):
            score[rng.random(score.shape) < 0.03] = value
        for value in (np.nan, -1, 7.0 if case.kind == "multilabel" else 99.0, np.inf):
            true[rng.random(true.shape) < 0.04] = value
    if case.edges and case.kind == "multilabel":  # logits that nobody squashed: a sample whose labels are on one side
        for row, (value, label) in enumerate(itertools.product((2.0, -1.0), (0, 1))):
            score[row], true[row] = value, label
    if case.labels in ("one-hot", "soft", "two hot units"):
        true = np.where(true[..., None] == np.arange(max(classes, 2)), 1.0, 0.0).astype(np.float32)
    if case.labels == "soft":
        true = (0.9 * true + 0.05 * true.any(axis=-1, keepdims=True)).astype(np.float32)
    if case.labels.startswith("two"):
        score = np.concatenate([1 - score, score], axis=-1)
    if case.labels == "column":
        true = true[..., None]
    if case.kind == "binary" and case.labels == "numbers" and not case.sequences:
        score = score[..., 0]
    weight = rng.integers(1, 16, shape).astype(np.float32) / 8 if case.weights else None
    mask = rng.random(shape) < 0.8 if case.masked else None
    output = outputs.describe(
        KINDS[case.kind], score.shape[-1] if score.ndim > 1 else 1, thresholds=counting.threshold_grid(GRID),
        decision_threshold=0.5, class_names=None, ignore_label=case.ignore,
    )  # fmt: skip
    masked = true
    if mask is not None:  # what it leaves out is ignored: NaN stands for it
        masked = np.where(np.expand_dims(mask, tuple(range(mask.ndim, true.ndim))), true, np.nan)
    wanted = counting.tally_arrays(masked, score, output=output, split="val", sample_weight=weight)
    return Data(true, score, weight, mask, output, wanted)


def check(got: Tally, wanted: Tally) -> None:
    """Counts are equal; of weights the sums too."""
    for name in ("histogram", "nan", "matrix", "argmax", "ignored", "weights", "weight_squares", *WHOLE):
        here, there = getattr(got, name), getattr(wanted, name)
        assert (here is None) == (there is None), name
        np.testing.assert_array_equal(here, there, err_msg=name)


def batches(data: Data) -> list[slice]:
    """Batches of sizes that do not divide."""
    ends = [0, 7, 8, len(data.y_score) // 2, len(data.y_score)]
    return [slice(*pair) for pair in itertools.pairwise(ends)]


def run_keras(case: Case) -> None:
    """The case through Keras's tally."""
    from keras import ops

    from recorder import ConfusionTally

    given = data(case)
    tally = ConfusionTally(GRID, kind=case.asked, ignore_label=case.ignore)
    for rows in batches(given):
        scores = ops.convert_to_tensor(given.y_score[rows])
        weight = None if given.weight is None else given.weight[rows]
        tally.update_state(given.y_true[rows], scores, weight)
    check(tally.read("val"), given.wanted)


def main() -> None:
    """Runs what Keras takes: a mask comes with the prediction there, which `backend_cases` tries in real trainings."""
    import keras

    cases = [case for case in CASES if not case.masked]
    for case in cases:
        counting.BOUND = bound_of(case)
        try:
            run_keras(case)
        except Exception as error:
            error.add_note(f"{case} on {keras.config.backend()}")
            raise
    print(f"{len(cases)} cases hold on {keras.config.backend()}")


if __name__ == "__main__":
    sys.exit(main())
