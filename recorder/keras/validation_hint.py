"""Where validation takes most of an epoch: what would help, said once in a process."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from ..announcing import say
from ..epoch import EpochState
from .validation_data import adapter_of, is_of_arrays

MOST = 0.5  # of an epoch
LARGE = 2_048  # samples a batch: of a small network, more make it hardly quicker

_told = False


class ValidationHint:
    """Looks at the epochs of one training, from the second on: the first one traces the model.

    Args:
        model: that trains.
    """

    def __init__(self, model: Any) -> None:
        self._model, self._first = model, True

    def look(self, state: EpochState) -> None:
        """Says it of an epoch that is over, if it is so."""
        global _told
        first, self._first = self._first, False
        if _told or first:
            return
        seconds = state.seconds()
        share = seconds.get("val", 0.0) / max(seconds["epoch"], 1e-9)
        if share > MOST and (way := way_out(self._model)):
            _told = True
            say(f"epochreel: validation takes {share:.0%} of an epoch. {way}")


def way_out(model: Any) -> str:
    """What would make the validation that has just been quicker; "" where that is not known."""
    adapter = adapter_of(model)
    size = None
    with suppress(Exception):  # somebody else's iterator of data may raise anything
        size = getattr(adapter, "batch_size", None)
    if not isinstance(size, int) or size >= LARGE:
        return ""
    of_arrays = is_of_arrays(adapter)
    larger = f"fit(validation_batch_size={LARGE})" if of_arrays else f"batches of {LARGE:,} in validation_data"
    return f"It runs in batches of {size:,}; {larger} would be quicker, or as many as memory allows."
