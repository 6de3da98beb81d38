"""How much is counted of samples taken whole: for which k, and of how many labels."""

from __future__ import annotations

TOP_K = (1, 2, 3, 5, 10)
MOST_RANKED = 100  # labels: what ranks them grows with their square


def counted_ks(classes: int) -> tuple[int, ...]:
    """The k of `Tally.top_k` for so many classes: those of `TOP_K` below, then the number of classes.

    >>> counted_ks(4)
    (1, 2, 3, 4)
    """
    return (*(k for k in TOP_K if k < classes), classes)
