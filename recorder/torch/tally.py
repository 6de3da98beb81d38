"""`ConfusionTally` of PyTorch: score histograms, confusion matrix and samples, counted on the device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from .. import counting, outputs
from ..class_names import given_names
from ..countable import SplitCounts
from ..counts import Counts
from ..runfile import KINDS, Output
from ..runfile.kinds import exclusive_kind, known_kind
from ..runfile.schema import Kind
from ..starting import check_whole
from .device_counts import DeviceCounts
from .processes import reduced
from .shapes import check_devices, check_ids, check_shapes, check_tensors, each_position, width_of


class ConfusionTally(torch.nn.Module):
    """Counts on the device what every classification metric can be computed from, at every threshold.

    ```python
    tally = ConfusionTally(kind="binary", from_logits=True)
    for x, y in loader:
        tally.update(y, model(x))
    run.epoch(epoch, val=tally)
    tally.reset()
    ```

    `update` never waits for the device. It works under `torch.compile`, where a tally keeps samples or takes ids with a
    break in the graph (`max_samples=0` spares it), and under autocast: scores are made float32 first. In the shape of a
    metric of torchmetrics, its states are sums.

    Args:
        kind: "binary", "multiclass" or "multilabel"; None takes what labels and scores of the first batch tell: one
            score, or two softmax units, are binary, class numbers beside more multi-class; rows of labels are looked
            at, once.
        num_classes: scores that the model gives for a sample; None takes those of the first batch. With it and a kind
            the counters are made at once.
        thresholds: increasing values in [0, 1]; None for the default grid of about 1,100.
        decision_threshold: above it a score is called positive; it joins the thresholds.
        from_logits: scores are logits: sigmoid, or softmax for several classes, is applied first.
        ignore_label: samples with this label are left out.
        class_names: names of the classes; for a binary output the negative, then the positive one.
        max_samples: predictions to keep at most; of more, every 2^k-th. 0 keeps none, and is quicker.
        dataset_size: samples in the data set (positions, where a sample has several), below which ids are; only with
            `ids`, for which a byte each is kept on the device.

    Attributes:
        resets: how often `reset` was called.

    Raises:
        ValueError: An argument breaks its rule.
    """

    def __init__(
        self,
        kind: Kind | None = None,
        *,
        num_classes: int | None = None,
        thresholds: Sequence[float] | None = None,
        decision_threshold: float = 0.5,
        from_logits: bool = False,
        ignore_label: int | None = None,
        class_names: Sequence[str] | None = None,
        max_samples: int = 10_000,
        dataset_size: int | None = None,
    ) -> None:
        super().__init__()
        known_kind(kind)
        self._kind, self._names = kind, given_names(class_names)
        self._grid = counting.threshold_grid(thresholds, decision_threshold)
        self._stated: dict[str, Any] = {
            "decision_threshold": decision_threshold,
            "from_logits": from_logits,
            "ignore_label": ignore_label,
            "source": "tally",
        }
        self._most = check_whole("max_samples", max_samples, least=0)
        self._size = None if dataset_size is None else check_whole("dataset_size", dataset_size, least=1)
        self._device_counts: DeviceCounts | None = None
        self.resets, self._certain = 0, True
        if kind is not None and num_classes is not None:
            self._build(kind, check_whole("num_classes", num_classes, least=1), None)

    @property
    def output(self) -> Output | None:
        """What is counted; None before the first batch."""
        return None if self._device_counts is None else self._device_counts.layout.output

    def update(
        self,
        y_true: Tensor,
        y_score: Tensor,
        *,
        sample_weight: Tensor | None = None,
        mask: Tensor | None = None,
        ids: Tensor | None = None,
    ) -> None:
        """Adds a batch.

        Args:
            y_true: labels of any dtype: [...] or [..., 1] (binary; above 0.5 is positive), class numbers, or rows as
                wide as the scores. NaN, and what is no class, is ignored.
            y_score: probabilities, or logits where `from_logits`: [n] or [..., 1] for binary, else [..., classes], of
                any floating dtype. Classes are the last axis: of [n, classes, height, width] it takes
                `y_score.movedim(1, -1)`, of [n, height, width] `y_score[..., None]`.
            sample_weight: [...], or one for each first axis; with every batch or with none.
            mask: bool, in the same form; false where a position is left out.
            ids: whole numbers below `dataset_size`, one a sample, such as its position in the data set. With them a
                sample that comes again is counted once, on other processes too.

        Raises:
            TypeError: Labels, scores or what is beside them are no tensors.
            ValueError: The shapes do not fit together, or to the batches before; or tensors are on several devices.
        """
        check_tensors(y_true, y_score)
        if y_score.numel() == 0:
            return
        with torch.no_grad():
            device_counts = self._device_counts or self._first(y_true, y_score)
            check_shapes(device_counts.layout, y_true, y_score)
            if device_counts.untouched and device_counts.device != y_score.device:
                device_counts = self._moved(device_counts, y_score.device)
            given = {"mask": mask, "sample_weight": sample_weight, "ids": ids}
            each = {name: each_position(name, values, y_score) for name, values in given.items()}
            check_ids(each["ids"])
            check_devices(device_counts.device, y_true=y_true, y_score=y_score, mask=mask, sample_weight=sample_weight)
            device_counts.add(y_true, y_score, mask=each["mask"], weight=each["sample_weight"], ids=each["ids"])

    forward = update

    def reset(self) -> None:
        """Forgets what was counted; what kind of output it is stays."""
        self.resets += 1
        if self._device_counts is not None:
            self._device_counts.reset()

    def compute(self, group: Any = None) -> Counts:
        """The counts of all processes of `torch.distributed`, on the host of each: every process must call it.

        Args:
            group: the process group; None for all processes.

        Raises:
            ValueError: The processes count different outputs, or an id was not below `dataset_size`.
        """
        return reduced(self.counts(), group=group)

    def counted(self, split: str, *, max_samples: int = 2**31) -> SplitCounts:
        """What `RunWriter.epoch` records: `compute`, so that every process must call it.

        Args:
            split: its name.
            max_samples: predictions at most.
        """
        return self.compute().counted(split, max_samples=max_samples)

    def counts(self) -> Counts:
        """The counts of this process alone, on the host."""
        found = Counts(max_samples=self._most)
        if self._device_counts is not None:
            self._device_counts.read_into(found)
            found.certain = self._certain
        return found

    @torch.compiler.disable
    def _first(self, y_true: Tensor, y_score: Tensor) -> DeviceCounts:
        """Makes the counters for labels and scores of these shapes."""
        kind, width, rows = self._kind, width_of(y_score), y_true.shape == y_score.shape
        outputs.check_width(kind, tuple(y_score.shape))
        if kind is None and rows and width > 1 and self._stated["from_logits"]:
            raise ValueError(
                "rows of labels beside logits need kind=, as nothing tells multi-class from multi-label. "
                f"Received: y_true and y_score {tuple(y_score.shape)}"
            )
        if kind is None and rows:  # the values tell, once
            labels, scores = (each.detach().float().cpu().numpy() for each in (y_true, y_score))
            kind, self._certain = outputs.told_kind(labels, scores)
        return self._build(kind or exclusive_kind(width).name, width, y_score.device)

    @torch.compiler.disable
    def _moved(self, device_counts: DeviceCounts, device: torch.device) -> DeviceCounts:
        """Counts of nothing, on the device of the first batch."""
        return device_counts.to(device)

    def _build(self, kind: Kind, width: int, device: torch.device | None) -> DeviceCounts:
        outputs.check_width(self._kind, (1, width))
        output = outputs.describe(
            KINDS[kind],
            width,
            thresholds=self._grid,
            class_names=self._names,
            **self._stated,
        )
        with torch.inference_mode(False):
            made = DeviceCounts(output, width, max_samples=self._most, dataset_size=self._size)
            self._device_counts = made if device is None else made.to(device)
        return self._device_counts
