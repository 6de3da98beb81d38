"""The outputs that a run states: they stay as they are, but for what comes later."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from .kinds import kind_of
from .records import EpochRecord
from .schema import Output


def restated(stated: Sequence[Output], outputs: Sequence[Output]) -> list[Output]:
    """The outputs of a run that states some already, or none, and is to state others.

    Of what was stated, only `weighted` may change, and only to true. Classes keep the names that the run began with.

    Raises:
        ValueError: The run states others.
    """
    weighted = {output.name for output in (*stated, *outputs) if output.weighted}
    classes = {output.name: output.classes for output in stated}
    wanted = [_as_stated(output, classes.get(output.name), output.name in weighted) for output in outputs]
    if stated and wanted != [_as_stated(output, None, output.name in weighted) for output in stated]:
        raise ValueError(
            "the outputs of a run must stay as they are: same names, classes and thresholds. "
            f"Received: {[_short(o) for o in wanted]}, recorded: {[_short(o) for o in stated]}"
        )
    return wanted


def check_stated(record: EpochRecord, outputs: Sequence[Output]) -> None:
    """Raises ValueError where a record has counts or samples of an output that is not among these."""
    known = {output.name for output in outputs}
    for name in [*(tally.output for tally in record.tallies), *(samples.output for samples in record.samples)]:
        if name not in known:
            raise ValueError(f"an output must be described first: {sorted(known)}. Received: {name!r}")


def _as_stated(output: Output, classes: list[str] | None, weighted: bool) -> Output:
    """An output whose classes have the names that they have already, where none of these is that of another class."""
    if classes is not None and len(classes) == len(output.classes):
        plain = output.classes == kind_of(output).plain_names(len(classes))
        moved = [new for new, old in zip(output.classes, classes, strict=True) if new != old and new in classes]
        if plain or not moved:
            output = msgspec.structs.replace(output, classes=classes)
    return msgspec.structs.replace(output, weighted=weighted)


def _short(output: Output) -> str:
    return (
        f"{output.name or 'output'}: {output.kind}, {len(output.classes)} classes, {len(output.thresholds)} thresholds"
    )
