"""`ConfusionTally` of JAX: pure functions on a state of counters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import jax
import numpy as np
from jax import numpy as jnp

from .. import counting, outputs
from ..class_names import given_names
from ..countable import Form
from ..counts import Counts
from ..remarks import Met
from ..runfile import KINDS
from ..runfile.kinds import exclusive_kind, known_kind
from ..runfile.schema import Kind
from ..starting import check_whole
from .layout import layout_of

State = dict[str, Any]
MOST = 2**31 - 1  # that a counter takes: JAX has no int64 unless it is asked for


class ConfusionTally:
    """Counts what every classification metric can be computed from, at every threshold; it holds no counts itself.

    ```python
    tally = ConfusionTally("multiclass", num_classes=10, from_logits=True)

    @jax.jit
    def evaluate(state, params, x, y):
        return tally.update(state, y, apply(params, x))

    state = tally.init()
    for x, y in batches:
        state = evaluate(state, params, x, y)
    run.epoch(epoch, val=tally.to_counts(state))
    ```

    Shapes alone decide what is computed, so that all of it may be traced. Counters are int32: up to 2^31 - 1 samples
    before `to_counts`, whose results may be merged on; of several labels up to as many wrongly ordered pairs of these.
    No predictions of samples are kept.

    Args:
        kind: "binary", "multiclass" or "multilabel"; None for one of several classes: of two softmax units binary, with
            the score of class 1, of more multi-class.
        num_classes: scores that the model gives for a sample.
        thresholds: increasing values in [0, 1]; None for the default grid of about 1,100.
        decision_threshold: above it a score is called positive; it joins the thresholds.
        from_logits: scores are logits: sigmoid, or softmax for several classes, is applied first.
        ignore_label: samples with this label are left out.
        class_names: names of the classes; for a binary output the negative, then the positive one.
        weighted: whether each batch comes with sample weights.

    Attributes:
        output: what is counted.

    Raises:
        ValueError: An argument breaks its rule.
    """

    def __init__(
        self,
        kind: Kind | None = None,
        *,
        num_classes: int = 1,
        thresholds: Sequence[float] | None = None,
        decision_threshold: float = 0.5,
        from_logits: bool = False,
        ignore_label: int | None = None,
        class_names: Sequence[str] | None = None,
        weighted: bool = False,
    ) -> None:
        known_kind(kind)
        width = check_whole("num_classes", num_classes, least=1)
        if kind is not None and not KINDS[kind].takes(width):
            raise ValueError(f'kind="{kind}" takes {KINDS[kind].shape_rule}. Received: num_classes={width}')
        self._weighted = weighted
        self.output = outputs.describe(
            KINDS[kind] if kind else exclusive_kind(width),
            width,
            thresholds=counting.threshold_grid(thresholds, decision_threshold),
            decision_threshold=decision_threshold,
            class_names=given_names(class_names),
            from_logits=from_logits,
            ignore_label=ignore_label,
            source="tally",
        )
        self._layout = layout_of(self.output, width)

    def __repr__(self) -> str:
        return f"ConfusionTally({self.output.kind}, {len(self.output.classes)} classes)"

    def init(self) -> State:
        """A state of nothing: int32 counters by name, and float32 sums of weights where there are some."""
        return {
            name: jnp.zeros(shape, jnp.float32 if name == "weights" else jnp.int32)
            for name, shape in self._shapes().items()
        }

    def update(self, state: State, y_true: Any, y_score: Any, *, sample_weight: Any = None, mask: Any = None) -> State:
        """The state with a batch more.

        Args:
            state: of `init` or of an `update`; arrays of NumPy, as some checkpoints give them back, will do.
            y_true: labels of any dtype: [...] or [..., 1] (binary; above 0.5 is positive), class numbers, or rows as
                wide as the scores. NaN, and what is no class, is ignored.
            y_score: probabilities, or logits where `from_logits`: [...] for one score a sample, else [..., classes].
            sample_weight: [...], where the tally is `weighted`.
            mask: bool [...]; false where a position is left out, as the padding of a last batch is.

        Raises:
            ValueError: The shapes do not fit together, or weights come where none are expected.
        """
        if (sample_weight is not None) != self._weighted:
            raise ValueError(
                f"sample_weight must come with every batch where weighted=True, else with none. "
                f"Received: weighted={self._weighted} and {'no' if sample_weight is None else 'a'} sample_weight"
            )
        labels, scores = self._layout.arrays(y_true, y_score)
        keep = None if mask is None else jnp.asarray(mask).astype(bool).reshape(-1)
        weight = None if sample_weight is None else jnp.asarray(sample_weight, jnp.float32).reshape(-1)
        for name, each in (("mask", keep), ("sample_weight", weight)):
            if each is not None and each.size != len(scores):
                raise ValueError(f"{name} must be one a sample. Received: {each.size} for {len(scores)} samples")
        state = {name: jnp.asarray(value) for name, value in state.items()}
        counted = self._layout.count(state, labels, scores, keep, weight)
        return {**counted, "seen": state["seen"] + len(scores)}

    @staticmethod
    def merge(state: State, other: State) -> State:
        """The sum of two states, of other batches or devices."""
        return jax.tree.map(jnp.add, state, other)

    def to_counts(self, state: Mapping[str, Any]) -> Counts:
        """What `RunWriter.epoch` takes, on the host. Of several devices give the sum; of a replicated state, one copy.

        Raises:
            ValueError: A state is none of this tally, or more samples were counted than int32 can.
        """
        host = {name: np.asarray(jax.device_get(value)) for name, value in state.items()}
        shapes, found = self._shapes(), {name: value.shape for name, value in host.items()}
        if found != shapes:
            raise ValueError(f"a state must have the counters of init(), {shapes}. Received: {found}")
        if any((value < 0).any() for value in host.values()):
            raise ValueError(f"a state must count at most {MOST:,} samples. Received: more")
        counts = Counts(max_samples=0)
        if host["seen"]:
            form = Form(scores=self._layout.classes, weighted=self._weighted, named=False)
            counts.begin(self.output, form)
            whole = {name: each if name == "weights" else each.astype(np.int64) for name, each in host.items()}
            counts.counters.sums, met = self._layout.read(whole)
            counts.met, counts.seen = Met(**cast("dict[str, Any]", met)), int(host["seen"])
        return counts

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        """Of the counters of a state, by name."""
        shapes: dict[str, tuple[int, ...]] = {name: (size,) for name, size in self._layout.sizes.items()}
        return shapes | {"seen": ()} | ({"weights": (self._layout.rows.size, 2)} if self._weighted else {})
