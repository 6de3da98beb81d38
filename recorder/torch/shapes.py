"""What the shapes of a batch say of its labels and scores, and which are refused."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .layout import Layout


def width_of(y_score: Tensor) -> int:
    """Scores of a sample: the last axis of several."""
    return y_score.shape[-1] if y_score.ndim > 1 else 1


def check_tensors(y_true: Any, y_score: Any) -> None:
    """Raises TypeError where labels or scores are no tensors."""
    if not (isinstance(y_true, Tensor) and isinstance(y_score, Tensor)):
        received = f"y_true {type(y_true).__name__}, y_score {type(y_score).__name__}"
        raise TypeError(f"y_true and y_score must be tensors; recorder.Counts takes arrays. Received: {received}")


def check_shapes(layout: Layout, y_true: Tensor, y_score: Tensor) -> None:
    """Raises ValueError where labels and scores of these shapes are not of the output that is counted."""
    width = width_of(y_score)
    if width == layout.width and y_true.shape == y_score.shape:
        return
    received = f"Received: y_true {tuple(y_true.shape)}, y_score {tuple(y_score.shape)}"
    if width != layout.width:
        raise ValueError(
            f"a ConfusionTally counts one output, and this one counts {layout.width} scores a sample, on the last "
            f"axis. {received}"
        )
    if layout.kind.labels_apart and width > 1:
        raise ValueError(f'labels of kind="multilabel" must be 0 or 1 for each of {width} scores. {received}')
    lead = y_score.shape[:-1] if y_score.ndim > 1 else y_score.shape
    if y_true.shape not in (lead, (*lead, 1)):
        raise ValueError(
            f"labels of a {layout.kind.name} output must be one for each sample, or rows as wide as the scores. "
            f"{received}"
        )


def check_devices(device: torch.device, **given: Tensor | None) -> None:
    """Raises ValueError where what comes with a batch is not all on the device of the counts."""
    if all(tensor is None or tensor.device == device for tensor in given.values()):
        return
    where = ", ".join(f"{name} on {tensor.device}" for name, tensor in given.items() if tensor is not None)
    raise ValueError(f"a batch must be on the device that it is counted on, {device}. Received: {where}")


def check_ids(ids: Tensor | None) -> None:
    """Raises ValueError where ids are no whole numbers."""
    if ids is not None and (ids.is_floating_point() or ids.is_complex() or ids.dtype == torch.bool):
        raise ValueError(f"ids must be whole numbers, one a sample. Received: dtype {ids.dtype}")


def each_position(name: str, values: Tensor | None, y_score: Tensor) -> Tensor | None:
    """[n]: what is given for a sample, or for each of its positions; of ids the numbers of positions. None for None.

    Raises:
        TypeError: It is no tensor.
        ValueError: There are neither as many as samples nor as positions.
    """
    if values is None:
        return None
    if not isinstance(values, Tensor):
        raise TypeError(f"{name} must be a tensor. Received: {type(values).__name__}")
    number, flat = y_score.numel() // width_of(y_score), values.reshape(-1)
    if len(flat) == number:
        return flat
    if not len(flat) or len(flat) != y_score.shape[0]:
        received = f"{tuple(values.shape)} for scores {tuple(y_score.shape)}"
        raise ValueError(f"{name} must be one a sample. Received: {received}")
    several = number // len(flat)
    each = flat.repeat_interleave(several, output_size=number)
    return each if name != "ids" else each * several + torch.arange(several, device=flat.device).repeat(len(flat))
