"""The metrics of a compiled model, under the names of their values in the logs, and the tallies among them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from keras import tree

from .tally import ConfusionTally


class Compiled(NamedTuple):
    """One metric of a model.

    Args:
        metric: the Keras metric.
        output: the model's output that it is of; "" where there is one only, or where Keras does not say.
        log: where its value stands in the logs.
        weighted: whether it is given sample weights.
    """

    metric: Any
    output: str
    log: str
    weighted: bool


class Found(NamedTuple):
    """A tally of a model.

    Args:
        tally: which has counted.
        name: of what it counts, as the run has it; "" where there is nothing else.
        output: the model's output that it is of.
    """

    tally: ConfusionTally
    name: str
    output: str


def compiled_metrics(model: Any) -> Iterator[Compiled]:
    """Every single metric of the model; those that were compiled once the first batch has built them."""
    for metric in model.metrics:
        flat = getattr(metric, "_flat_metrics", None) if getattr(metric, "built", False) else None
        if flat is None:
            yield Compiled(metric, "", metric.name, False)
            continue
        taken: dict[str, int] = {}
        for weighted, groups in ((False, flat), (True, metric._flat_weighted_metrics)):
            for group in groups:
                output = getattr(group, "output_name", None) or ""
                for single in getattr(group, "metrics", ()):
                    yield Compiled(single, output, _log(single.name, output, weighted, taken), weighted)


def _log(name: str, output: str, weighted: bool, taken: dict[str, int]) -> str:
    """The name in the logs, as `CompileMetrics.result` makes it: of names that are taken it makes others."""
    log = f"{output}_{name}" if output else name
    if weighted and log in taken:
        log = f"{output}_weighted_{name}" if output else f"weighted_{name}"
    taken[log] = taken.get(log, 0) + 1
    return log if taken[log] == 1 else f"{log}_{taken[log] - 1}"


def given_metrics(model: Any) -> list[Any]:
    """What the user compiled the model with, metrics or their names, before Keras has built anything of it."""
    compiled = getattr(model, "_compile_metrics", None)
    return list(tree.flatten([getattr(compiled, name, None) for name in ("_user_metrics", "_user_weighted_metrics")]))


def find_tallies(model: Any) -> list[Found]:
    """The model's tallies that have seen a batch, each under a name of its own: its output's, or that in the logs."""
    found = [each for each in compiled_metrics(model) if isinstance(each.metric, ConfusionTally) and each.metric.built]
    names = [each.output for each in found]
    if len(found) > 1:
        names = [each.output or each.log for each in found]
    if len(set(names)) < len(names):
        names = [
            f"{each.output}/{each.log.removeprefix(each.output + '_')}" if each.output else each.log for each in found
        ]
    return [Found(each.metric, name, each.output) for each, name in zip(found, names, strict=True)]


def check_own_tallies(model: Any) -> None:
    """Raises ValueError where one tally was compiled for several outputs, which would count as one."""
    tallies = [metric for metric in given_metrics(model) if isinstance(metric, ConfusionTally)]
    for tally in tallies:
        if sum(tally is other for other in tallies) > 1:
            raise ValueError(
                f"a ConfusionTally counts one output. Received: one {tally.name!r} for several; give each its own"
            )


def compiled_tallies(model: Any) -> list[ConfusionTally]:
    """The tallies that the model was compiled with, or that it tracks, whether or not they have seen a batch."""
    known = [*given_metrics(model), *(each.metric for each in compiled_metrics(model))]
    return list({id(metric): metric for metric in known if isinstance(metric, ConfusionTally)}.values())
