"""What a fitted classifier of scikit-learn says of samples: labels as they are counted, and probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import is_regressor

from ..callback_run import probabilities
from ..runfile.kinds import kind_with
from ..runfile.schema import Kind

Sets = dict[str, tuple[Any, ...]]


def named_sets(val: Any) -> Sets:
    """The sets by name: `(x, y)` or `(x, y, sample_weight)` is "val"; raises TypeError where it is none."""
    found = dict(val) if isinstance(val, Mapping) else {"val": val}
    for name, given in found.items():
        if not isinstance(given, tuple) or len(given) not in (2, 3):
            rule = "val must be (x, y) or (x, y, sample_weight), or several by name"
            raise TypeError(f"{rule}. Received: {name!r}: {given!s:.200}")
    return found


def check_classifies(model: Any) -> None:
    """Raises TypeError where a model is a regressor: there is nothing to count."""
    if is_regressor(model):
        rule = "model must be a classifier: counts are of classifiers (what a regression logs, RunWriter records)"
        raise TypeError(f"{rule}. Received: {type(model).__name__}")


def classes_of(model: Any) -> list[str] | None:
    """The names of a model's classes, in the order of its scores; None where each has a label of its own."""
    classes = getattr(model, "classes_", None)
    if classes is None or isinstance(classes, list) or np.ndim(classes) != 1:
        return None
    return [_named(name) for name in classes] if len(classes) > 1 else None


def _named(name: Any) -> str:
    """`recall@1` is the class 1, and `recall@1.0` the threshold."""
    whole = isinstance(name, float | np.floating) and float(name).is_integer()
    return str(int(name) if whole else name)


def predicted(model: Any, given: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    """Labels, scores and weights of a set, as `RunWriter.epoch` takes them.

    Scores are of `predict_proba`. Of a model without it they are the sigmoid (of several classes the softmax) of
    `decision_function`: above 1/2 (the largest) where the model says so, but no probabilities.

    Args:
        model: fitted.
        given: (x, y) or (x, y, sample_weight).
    """
    check_classifies(model)
    x, y, weight = (*given, None)[:3]
    labels, rows = np.asarray(y), np.ndim(y) > 1 and np.shape(y)[1] > 1
    if hasattr(model, "predict_proba"):
        scores = model.predict_proba(x)
        if isinstance(scores, list):  # of several labels: (no, yes) of each
            scores = np.stack([_of_true(*pair) for pair in zip(scores, model.classes_, strict=True)], axis=1)
    else:
        _check_of_classes(model)
        scores = probabilities(model.decision_function(x), kind_of_labels(given))
    return labels if rows else _places(labels.reshape(-1), model.classes_), scores, weight


def kind_of_labels(given: tuple[Any, ...]) -> Kind | None:
    """Each class has a label of its own where labels are rows."""
    return kind_with(labels_apart=True) if np.ndim(given[1]) > 1 and np.shape(given[1])[1] > 1 else None


def _of_true(scores: Any, classes: Any) -> Any:
    """The probability of 1 of one label, [samples]; 0 where the model has met no 1."""
    if not np.isin(classes, (0, 1)).all():
        raise ValueError(f"where each sample has several labels, each must be 0 or 1. Received: {list(classes)}")
    return scores[:, np.asarray(classes) == 1].sum(axis=1)


def _check_of_classes(model: Any) -> None:
    """Raises ValueError where the scores of a model are those of pairs of classes."""
    while (
        within := getattr(model, "best_estimator_", None) or getattr(model, "steps", [(None, None)])[-1][1]
    ) is not None:
        model = within
    if getattr(model, "decision_function_shape", None) == "ovo" and len(model.classes_) > 2:
        raise ValueError(
            'decision_function_shape must be "ovr", a score for each class: "ovo" has one for each pair of classes. '
            f"Received: {model!r:.200}"
        )


def _places(labels: Any, classes: Any) -> Any:
    """Which of the classes each label is, [samples]; NaN, which is no label, where the model does not know it."""
    where = np.searchsorted(classes, labels).clip(0, len(classes) - 1)
    known = classes[where] == labels
    return where if known.all() else np.where(known, where, np.nan)
