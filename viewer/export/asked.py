"""What a program asks of a picture of a run, from keywords to the frame that panels take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict, Unpack

from ..formulas import parse_spec
from ..formulas.class_names import class_index
from ..formulas.spec import FormulasLike, as_formulas
from ..frame import Frame, Framer, Knobs
from ..points import point_of
from ..run import Run


class Asked(TypedDict, total=False):
    """What a panel is asked of, each as on the command line.

    Args:
        metrics: formulas, of panels that show some; the usual ones of the output's kind if empty.
        split: "val", "train" or the name of a probe.
        threshold: above it a score is positive.
        label: the class that is told from the rest, by number or name.
        output: of the model, by name.
        band: level of the credible bands, in (0, 1); 0 for none.
        prevalence: formulas as if this share of the samples were positive.
    """

    metrics: FormulasLike
    split: str | None
    threshold: float | None
    label: int | str | None
    output: str | None
    band: float
    prevalence: float | None


def frame_of(run: Run | Sequence[Run], epoch: int | str = "last", **asked: Unpack[Asked]) -> Frame:
    """The numbers of an epoch of a run, or of several laid over one another, as panels take them."""
    runs = [run] if isinstance(run, Run) else list(run)
    framer = framer_of(runs, **asked)
    return framer.frame(position_of(framer, epoch))


def framer_of(runs: Sequence[Run], **asked: Unpack[Asked]) -> Framer:
    """What gives the frames of runs, under what is asked.

    Raises:
        ValueError: An argument breaks its rule, or the first run has not what is asked.
    """
    if not runs:
        raise ValueError("there must be a run to draw. Received: none")
    framer = Framer(runs[0], _knobs(runs[0], **asked), others=tuple(runs[1:]))
    for spec in framer.knobs.metrics if len(framer) else ():
        framer.frame().values(spec)
    return framer


def _knobs(
    run: Run,
    *,
    metrics: FormulasLike = (),
    split: str | None = None,
    threshold: float | None = None,
    label: int | str | None = None,
    output: str | None = None,
    band: float = 0.95,
    prevalence: float | None = None,
) -> Knobs:
    stated = None if output is None and not run.outputs else run.output(output)
    if split is not None:
        run.check_split(split, output)
    for name, share in (("threshold", threshold), ("prevalence", prevalence)):
        if share is not None and not 0 <= share <= 1:
            raise ValueError(f"{name} must be in [0, 1]. Received: {share}")
    if not 0 <= band < 1:
        raise ValueError(f"band must be in [0, 1). Received: {band}")
    return Knobs(
        metrics=tuple(map(parse_spec, as_formulas(metrics))), output=output, split=split, threshold=threshold,
        label=None if label is None or stated is None else class_index(label, stated.classes), band=band,
        prevalence=prevalence,
    )  # fmt: skip


def position_of(framer: Framer, epoch: int | str) -> int:
    """Where an epoch stands: of its number, `step:1200`, "last", or "best"; raises ValueError where there is none."""
    if epoch == "last":
        return -1
    if epoch != "best":
        return framer.position(str(point_of(epoch, also="best, last")))
    found = framer.frame().best()
    return -1 if found is None else found.position
