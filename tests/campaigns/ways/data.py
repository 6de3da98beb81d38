"""How the data of a training come: each form gives what `fit` takes for the same samples in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import Any

import keras
import numpy as np

SAMPLES, TRAINED, BATCH = 100, 60, 16  # neither part is a multiple of a batch
RNG = np.random.default_rng(7)
X = RNG.normal(size=(SAMPLES, 4)).astype(np.float32)
LABELS: dict[str, Any] = {"binary": RNG.integers(0, 2, SAMPLES), "softmax": RNG.integers(0, 3, SAMPLES)}
LABELS["two by name"] = {"binary": LABELS["binary"], "softmax": LABELS["softmax"]}
# A model with two outputs has two inputs, too.
INPUTS: dict[str, Any] = {"binary": X, "softmax": X, "two by name": {"left": X[:, :2], "right": X[:, 2:]}}

Arranged = Callable[[Any, Any, int], dict[str, Any]]  # (x, y, samples that train) -> arguments of `fit`


def parts(x: Any, y: Any, trained: int) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Training and validation; inputs and labels may be dictionaries of arrays."""
    cut = lambda part: (keras.tree.map_structure(lambda a: a[part], x), keras.tree.map_structure(lambda a: a[part], y))  # noqa: E731
    return cut(slice(0, trained)), cut(slice(trained, None))


def batches(x: Any, y: Any) -> Iterator[tuple[Any, Any]]:
    """All samples once, in batches, the last of which is smaller."""
    number = len(keras.tree.flatten(x)[0])
    for first in range(0, number, BATCH):
        yield keras.tree.map_structure(lambda a: a[first : first + BATCH], (x, y))  # noqa: B023 - used at once


def steps(x: Any) -> int:
    """Batches of all samples."""
    return -(-len(keras.tree.flatten(x)[0]) // BATCH)


def arrays(x: Any, y: Any, trained: int) -> dict[str, Any]:
    """NumPy's."""
    train, val = parts(x, y, trained)
    return {"x": train[0], "y": train[1], "validation_data": val, "batch_size": BATCH}


def split_off(x: Any, y: Any, trained: int) -> dict[str, Any]:
    """`validation_split`, which takes the last samples."""
    return {"x": x, "y": y, "validation_split": 1 - trained / SAMPLES, "batch_size": BATCH}


def dataset(x: Any, y: Any, trained: int) -> dict[str, Any]:
    """`tf.data`, shuffled anew for each epoch."""
    import tensorflow as tf

    of = tf.data.Dataset.from_tensor_slices
    train, val = parts(x, y, trained)
    return {"x": of(train).shuffle(SAMPLES).batch(BATCH), "validation_data": of(val).batch(BATCH)}


def uncounted(x: Any, y: Any, trained: int) -> dict[str, Any]:
    """`tf.data` that does not know how many batches it has."""
    taken = dataset(x, y, trained)
    return {name: data.filter(lambda *_: True) for name, data in taken.items()}


def endless(x: Any, y: Any, trained: int) -> dict[str, Any]:
    """`tf.data` that never ends."""
    train, val = parts(x, y, trained)
    taken = dataset(x, y, trained)
    numbers = {"steps_per_epoch": steps(train[0]), "validation_steps": steps(val[0])}
    return {name: data.repeat() for name, data in taken.items()} | numbers


def generators(x: Any, y: Any, trained: int) -> dict[str, Any]:
    """Python generators, which never end and know no length.

    Keras reads ahead in them, and what it has read when a pass ends is lost: the next pass begins anywhere. So each
    pass here is one batch.
    """
    train, val = parts(x, y, trained)
    of = lambda part: (part for _ in repeat(None))  # noqa: E731
    return {"x": of(train), "validation_data": of(val), "steps_per_epoch": 1, "validation_steps": 1}


class Batches(keras.utils.PyDataset):
    """Batches by their number."""

    def __init__(self, given: Iterable[tuple[Any, Any]], **options: Any) -> None:
        super().__init__(**options)
        self._batches = list(given)

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, number: int) -> tuple[Any, Any]:
        return self._batches[number]


def py_dataset(x: Any, y: Any, trained: int) -> dict[str, Any]:
    """`PyDataset`."""
    train, val = parts(x, y, trained)
    return {"x": Batches(batches(*train)), "validation_data": Batches(batches(*val))}


def threads(x: Any, y: Any, trained: int) -> dict[str, Any]:
    """`PyDataset` that is read by two threads.

    These read ahead beyond the end of an epoch: Keras's own metrics say so, too, that an epoch then has some batches
    twice and others not at all. So each pass here is one batch.
    """
    train, val = parts(x, y, trained)
    options = {"workers": 2, "max_queue_size": 4}
    return {"x": Batches([train], **options), "validation_data": Batches([val], **options)}


def loader(x: Any, y: Any, trained: int) -> dict[str, Any]:
    """PyTorch's `DataLoader`."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    train, val = parts(x, y, trained)
    of = lambda part: DataLoader(TensorDataset(*map(torch.from_numpy, part)), batch_size=BATCH)  # noqa: E731
    return {"x": of(train), "validation_data": of(val)}


FORMS: dict[str, Arranged] = {
    form.__name__: form
    for form in (arrays, split_off, dataset, uncounted, endless, generators, py_dataset, threads, loader)
}
