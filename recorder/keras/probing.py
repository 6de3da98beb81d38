"""The probe: samples of the user's choice, predicted at an epoch's end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from keras import ops, tree
from msgspec.structs import replace

from .. import counting, outputs
from ..epoch import EpochState
from .keras_metrics import find_tallies
from .model_reader import ModelReader

Probes = dict[str, tuple[Any, Any]]


def named_probes(probe: Any) -> Probes:
    """`probe` as it is used: (x, y) by the name of the split.

    Raises:
        ValueError: It is neither (x, y) nor a dict of these, or takes the name of another split.
    """
    probes = {} if probe is None else dict(probe) if isinstance(probe, Mapping) else {"probe": probe}
    for name, pair in probes.items():
        if not isinstance(name, str) or name in ("train", "val") or not isinstance(pair, tuple) or len(pair) != 2:
            raise ValueError(
                f'probe must be (x, y), or a dict of these by names other than "train" and "val". Received: {name!r}'
            )
    return probes


def probe_into(
    state: EpochState, model: Any, reader: ModelReader, *, split: str, x: Any, y: Any, max_samples: int
) -> None:
    """Predicts `x` and adds its counts and samples.

    Args:
        state: of the epoch.
        model: the Keras model; its tallies know which outputs are logits.
        reader: names the classes of an output that no tally counts, and reports scores that are no probabilities.
        split: name of the probe.
        x: what the model takes.
        y: labels, by output where there are several.
        max_samples: of the predictions to keep.
    """
    truths = _by_output(y, model)
    known = {found.name: found.tally for found in find_tallies(model)}
    for name, score in _by_output(predict(model, x), model).items():
        score, truth = known[name].probabilities(score) if name in known else score, truths[name]
        output = state.outputs.get(name)
        if output is None:
            output = outputs.output_for(score, y_true=truth, name=name)
            names = reader.names_for(name, len(output.classes), alone=not name)
            output = output if names is None else replace(output, classes=names)
        kept: dict[str, Any] = {"output": output}
        tally = counting.tally_arrays(truth, score, split=split, **kept)
        reader.count(state, output, tally, counting.met_in(truth, score, **kept))
        if max_samples:
            room: dict[str, Any] = {"split": split, "max_samples": max_samples}
            state.samples.append(counting.samples_of(truth, score, **room, **kept))


def predict(model: Any, x: Any, *, batch: int = 1024) -> Any:
    """Scores of `x` by direct calls in batches; `model.predict` costs forty times as much for a small set.

    Args:
        model: the Keras model.
        x: one array [n, ...], or a list or dict of them.
        batch: samples a call.

    Returns:
        The outputs as the model gives them, NumPy arrays [n, ...].
    """
    number = len(tree.flatten(x)[0])
    parts = []
    for start in range(0, number, batch):
        chunk = tree.map_structure(lambda array, at=start: array[at : at + batch], x)
        parts.append(tree.map_structure(ops.convert_to_numpy, model(chunk, training=False)))
    return tree.map_structure(lambda *arrays: np.concatenate(arrays), *parts)


def _by_output(values: Any, model: Any) -> dict[str, Any]:
    """Values by the names of the model's outputs; by "" where there is one only."""
    if isinstance(values, Mapping):
        return dict(values) if len(values) > 1 else {"": next(iter(values.values()))}
    names: Sequence[str] = getattr(model, "output_names", None) or [""]
    if len(names) > 1 and isinstance(values, list | tuple):
        return dict(zip(names, values, strict=True))
    return {"": values}
