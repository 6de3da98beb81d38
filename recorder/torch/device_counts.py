"""What a tally holds on the device: counters, kept samples, ids that were met."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from ..countable import Form
from ..counts import Counts
from ..remarks import Met
from ..runfile import Output
from ..runfile.records import Array
from ..seen_ids import RULE
from ..waiting_samples import Batch
from .layout import Layout, layout_of
from .pending_rows import PendingRows, Rows
from .sample_rows import SampleRows
from .seen_samples import SeenSamples, Waiting


class DeviceCounts(torch.nn.Module):
    """The counts of one output.

    Args:
        output: what is counted.
        width: scores that the model gives for a sample.
        max_samples: predictions to keep at most.
        dataset_size: ids are below; None without ids.
    """

    def __init__(self, output: Output, width: int, *, max_samples: int, dataset_size: int | None) -> None:
        super().__init__()
        self.layout: Layout = layout_of(output, width)
        self.samples = SampleRows(self.layout, max_samples, dataset_size)
        self._pending = PendingRows(width)
        self.seen = None if dataset_size is None else SeenSamples(dataset_size)
        self._form: tuple[bool, bool] | None = None  # whether weights come with the batches, and ids
        for name, size in self.layout.sizes.items():
            self.register_buffer(name, torch.zeros(size, dtype=torch.int64), persistent=False)

    @property
    def device(self) -> torch.device:
        """Where it is counted."""
        return self.layout.edges.device

    @property
    def untouched(self) -> bool:
        """Whether no batch came since it was made or reset."""
        return self._form is None

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        """Moves everything; `half()` and the like leave numbers as they are."""
        self._count_pending()
        self._pending.forget()

        def moved(tensor: Tensor) -> Tensor:
            new: Tensor = fn(tensor)
            return new if new.dtype == tensor.dtype else tensor.to(new.device)

        return super()._apply(moved, recurse)

    def add(
        self, y_true: Tensor, y_score: Tensor, *, mask: Tensor | None, weight: Tensor | None, ids: Tensor | None
    ) -> None:
        """Adds a batch, now or when there is enough to count; `mask`, `weight` and `ids` are [positions]."""
        self._begin(weight, ids)
        rows = self.layout.rows_of(y_true, y_score, mask, weight)
        if ids is not None:
            self._add_once(ids, self._labels(rows), self.layout.scores(rows.y_score), weight)
        elif torch.compiler.is_compiling():  # which makes one pass of it, and whose graph takes no number that grows
            self._count(rows)
        elif not self._pending.takes(rows):
            self._count_pending()
            if not self._pending.takes(rows):
                self._count(rows)

    def counters(self) -> dict[str, Tensor]:
        """Counters by name."""
        names = [*self.layout.sizes, *(["weights"] if self._form is not None and self._form[0] else [])]
        return {name: getattr(self, name) for name in names}

    def reset(self) -> None:
        """Forgets everything but the output."""
        self._pending.take_out()
        for counter in self.counters().values():
            counter.zero_()
        self.samples.reset()
        if self.seen is not None:
            self.seen.reset()
        self._form = None

    def read_into(self, counts: Counts) -> None:
        """What was counted so far, into counts of nothing."""
        if self._form is None:
            return
        self._count_pending()
        (weighted, named), layout = self._form, self.layout
        counts.begin(layout.output, self._as_form(self._form))
        counts.counters.sums, met = layout.read({name: each.cpu().numpy() for name, each in self.counters().items()})
        counts.met = Met(**cast("dict[str, Any]", met))
        rows = self.samples.read(by_id=named, weighted=weighted, labels_apart=layout.kind.labels_apart)
        counts.kept.stride = self.samples.stride
        counts.kept.replace([] if rows is None else [rows])
        counts.seen = self.samples.seen
        if self.seen is not None:
            counts.waiting.seen.bits = self.seen.bits()
            counts.waiting.batches = [self._on_host(batch) for batch in self.seen.waiting]

    def _begin(self, weight: Tensor | None, ids: Tensor | None) -> None:
        form = (weight is not None, ids is not None)
        if self._form is None:
            if ids is not None and self.seen is None:
                raise ValueError(f"{RULE}, below dataset_size=, which must be given. Received: dataset_size=None")
            self._form = form
            if weight is not None and not hasattr(self, "weights"):
                self._make_weights()
        elif self._form != form:
            self._as_form(self._form).check(self._as_form(form))

    def _as_form(self, form: tuple[bool, bool]) -> Form:
        weighted, named = form
        return Form(scores=self.layout.classes, weighted=weighted, named=named)

    @torch.compiler.disable
    def _make_weights(self) -> None:
        histograms = getattr(self, "histograms")  # noqa: B009 - a buffer, whose type nobody knows
        dtype = torch.float32 if histograms.device.type == "mps" else torch.float64
        with torch.inference_mode(False):
            weights = torch.zeros((len(histograms), 2), dtype=dtype, device=histograms.device)
        self.register_buffer("weights", weights, persistent=False)

    @torch.no_grad()
    def _count_pending(self) -> None:
        rows = self._pending.take_out()
        if rows is not None:
            self._count(rows)

    def _count(self, rows: Rows) -> None:
        labels, scores = self._labels(rows), self.layout.scores(rows.y_score)
        self.layout.count(self.counters(), labels, scores, rows.weight)
        if self.samples.room:
            self._keep(labels, scores, rows.weight)

    def _labels(self, rows: Rows) -> Tensor:
        return self.layout.labels(rows.y_true, None if rows.mask is None else rows.mask.bool())

    @torch.compiler.disable
    def _keep(self, labels: Tensor, scores: Tensor, weight: Tensor | None) -> None:
        self.samples.add(self.layout.truth(labels), scores, weight)

    @torch.compiler.disable
    def _add_once(self, ids: Tensor, labels: Tensor, scores: Tensor, weight: Tensor | None) -> None:
        """Counts what has waited long enough; a sample that was met before is not counted again."""
        assert self.seen is not None
        ids = ids.to(scores.device).long()
        new = self.seen.new(ids)
        copies = (labels.clone(), scores.clone(), None if weight is None else weight.clone())
        for due in self.seen.put(Waiting(ids, new, *copies)):
            self.layout.count(self.counters(), self.layout.dropped(due.labels, due.new), due.scores, due.weight)
            truth = self.layout.truth(due.labels)
            self.samples.add_by_id(due.ids, due.new, truth, due.scores, due.weight)

    def _on_host(self, batch: Waiting) -> Batch:
        new, ids, truth = (each.cpu().numpy() for each in (batch.new, batch.ids, self.layout.truth(batch.labels)))
        weight: Array | None = None if batch.weight is None else batch.weight.cpu().numpy().astype(np.float64)
        truth = truth if self.layout.kind.labels_apart else truth[:, 0]
        return Batch(ids, truth, batch.scores.float().cpu().numpy(), weight)[new]
