"""What a writer takes of a split that was counted already, whoever counted it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from .remarks import Met
from .runfile import Output, Samples, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitCounts:
    """What a writer takes of one split.

    Args:
        output: what was counted.
        tally: the counts.
        met: what was met beside them.
        samples: the predictions that were kept; None where there are none.
    """

    output: Output
    tally: Tally
    met: Met
    samples: Samples | None


@dataclass(frozen=True, slots=True)
class Form:
    """What is the same of all batches.

    Args:
        scores: of a sample, that are counted.
        weighted: whether they have weights.
        named: whether they have ids.
    """

    scores: int
    weighted: bool
    named: bool

    def __str__(self) -> str:
        return f"{'weights' if self.weighted else 'no weights'} and {'ids' if self.named else 'no ids'}"

    def check(self, now: Form) -> None:
        """Raises ValueError where another batch is of another form."""
        if self != now:
            rule = "sample_weight, and ids, must come with every batch or with none"
            raise ValueError(f"{rule}. Received: {self} before, {now} now")


@runtime_checkable
class Countable(Protocol):
    """What `RunWriter.epoch` takes in place of a split's arrays.

    Attributes:
        resets: how often it was set to zero.
    """

    resets: int

    def counted(self, split: str, *, max_samples: int) -> SplitCounts:
        """What was counted since the last `reset`, with at most so many samples."""
        ...

    def reset(self) -> Any:
        """Forgets what was counted."""
        ...
