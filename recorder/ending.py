"""Why a run ended, as its last line says it."""

from __future__ import annotations

PRUNED = "pruned"


def end_reason(kind: type[BaseException] | None) -> str:
    """Of what left a `with` block: "finished"; "pruned" where a search gave the trial up (Optuna's `TrialPruned`).

    Args:
        kind: class of the exception; None for none.
    """
    if kind is None:
        return "finished"
    if any(one.__name__ == "TrialPruned" for one in kind.__mro__):  # by name: no search needs to be installed
        return PRUNED
    return f"stopped by {kind.__name__}"


def reason_of(error: BaseException) -> str:
    """Of a training that an exception stopped, which a callback is told of: a user's interrupt is "interrupted"."""
    return "interrupted" if isinstance(error, KeyboardInterrupt) else end_reason(type(error))
