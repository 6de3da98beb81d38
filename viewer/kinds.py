"""What a viewer needs of each kind of output beyond what counts: one row a kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from recorder.runfile import Output

LOGS_ALONE = "Counts are of classifiers: of a regression or a ranking the logs are all there is."


@dataclass(frozen=True, slots=True)
class KindView:
    """How outputs of a kind are shown unless somebody says otherwise.

    Args:
        formulas: that are shown.
        layout: of the dashboard.
        facts: what a header says of the classes, from how many there are and the share of the first one with scores:
            of the positive class, where there is one.
    """

    formulas: tuple[str, ...]
    layout: str
    facts: Callable[[int, float], str]


VIEWS: Mapping[str, KindView] = MappingProxyType(
    {
        "binary": KindView(
            ("precision", "recall", "f1", "mcc"),
            "curves[5] scores[5] / curves:loss[3] pr[3] matrix[3] threshold[3]",
            lambda classes, share: f"{in_percent(share)} positive",
        ),
        "multiclass": KindView(
            ("accuracy", "f1@macro", "mcc"),
            "curves[5] scores[5] / curves:loss[3] matrix[3] classes[4]",
            lambda classes, share: f"{classes:,} classes",
        ),
        "multilabel": KindView(
            ("f1@macro", "f1@micro", "recall@macro"),
            "curves[5] classes[5] / curves:loss[3] scores[3] threshold[4]",
            lambda classes, share: f"{classes:,} labels",
        ),
    }
)


def view_of(output: Output) -> KindView:
    """How an output is shown."""
    return VIEWS[output.kind]


def in_percent(share: float) -> str:
    """`11.8%`."""
    return f"{share * 100:.3g}%"
