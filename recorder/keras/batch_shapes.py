"""What the shapes of a batch say of its labels and scores, and which are refused."""

from __future__ import annotations

from typing import Any

from keras import ops

from ..runfile import Tally
from ..runfile.output_kind import OutputKind
from .counter_layout import CounterLayout, has_rows, static_shape
from .multi_class_layout import MultiClassLayout
from .undecided_layout import UndecidedLayout
from .zero_or_one_layout import BinaryLayout, MultiLabelLayout

_LAYOUTS: dict[str, type[CounterLayout]] = {
    layout.kind.name: layout for layout in (BinaryLayout, MultiClassLayout, MultiLabelLayout)
}


def width_of(y_pred: Any) -> int:
    """Scores of a sample: the last axis of several.

    Raises:
        ValueError: It is not known before the step runs.
    """
    shape = static_shape(y_pred)
    if shape is None or (len(shape) > 1 and shape[-1] is None):
        raise ValueError(f"the last axis of predictions must be known. Received: shape {shape}")
    return int(shape[-1] or 0) if len(shape) > 1 else 1


def layout_class(asked: str | None, y_true: Any, y_pred: Any, activation: str | None) -> type[CounterLayout]:
    """The counters for a kind, or those that shapes and the last activation ask for.

    Args:
        asked: the kind; None for what the shapes tell.
        y_true: labels.
        y_pred: predictions.
        activation: that made these, "softmax" or "sigmoid"; None where nobody knows.
    """
    width = width_of(y_pred)
    if asked is not None:
        return _LAYOUTS[asked]
    if width > 1 and has_rows(y_true, y_pred) and activation != "softmax":
        return UndecidedLayout if activation is None else MultiLabelLayout
    return BinaryLayout if width <= 2 else MultiClassLayout


def check_shapes(layout: CounterLayout, y_true: Any, y_pred: Any) -> None:
    """Raises ValueError where labels and predictions of these shapes are not of the output that is counted."""
    truth, scores, width = static_shape(y_true), static_shape(y_pred), width_of(y_pred)
    received = f"Received: y_true {_shown(truth)}, y_pred {_shown(scores)}"
    if width != layout.width:
        raise ValueError(
            f"a ConfusionTally counts one output, and this one counts {layout.width} scores a sample. Give every "
            f"output a ConfusionTally of its own, and a model that is compiled again a new one. {received}"
        )
    if truth is None or scores is None or has_rows(y_true, y_pred):
        return
    if layout.rows_only:
        raise ValueError(
            f'kind="multilabel" takes a label of 0 or 1 for each of the {width} scores; labels that are class numbers '
            f'are kind="multiclass". {received}'
        )
    lead = scores[:-1] if len(scores) > 1 else scores
    if not any(len(truth) == len(form) and _alike(truth, form) for form in (lead, (*lead, 1))):
        rows = "" if width == 1 else f", or rows as wide as the scores, {width}"
        raise ValueError(
            f"labels must be one for each position of the scores{rows}; kind= says what they are, of "
            f"this ConfusionTally {layout.kind.name}. {received}"
        )


def each_position(values: Any, y_pred: Any, dtype: str) -> Any:
    """[n]: what is given for a sample, or for each of its positions."""
    values = ops.cast(ops.convert_to_tensor(values), dtype)
    if len(values.shape) == 1 and len(y_pred.shape) <= 2:  # one for each already
        return values
    leading = ops.shape(y_pred)[:1] if len(y_pred.shape) == 1 else ops.shape(y_pred)[:-1]
    while len(values.shape) > len(leading):
        values = values[..., 0]
    while len(values.shape) < len(leading):
        values = values[..., None]
    return ops.reshape(ops.broadcast_to(values, leading), (-1,))


def one_label_each(kind: OutputKind, tally: Tally) -> bool:
    """Whether every sample of a multi-label tally has one label on average: it may be one of several classes."""
    if not kind.labels_apart or tally.ignored:
        return False
    of_all = tally.histogram.sum(axis=-1) + tally.nan
    return len(of_all) > 1 and bool(of_all[:, 1].sum() == of_all[0].sum() > 0)


def _alike(truth: tuple[int | None, ...], form: tuple[int | None, ...]) -> bool:
    return all(a is None or b is None or a == b for a, b in zip(truth, form, strict=True))


def _shown(shape: tuple[int | None, ...] | None) -> str:
    return "of any shape" if shape is None else str(shape)
