"""Every way Keras trains, on the backend of this process: `KERAS_BACKEND=jax python -m tests.campaigns.ways.table`.

Each way is a training of which everything that is recorded must equal what NumPy and scikit-learn make of the model's
own predictions: four counts at each of 1,100 thresholds and the confusion matrix exactly, scores of samples to the
last bits.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import product, starmap
from typing import Any

import keras
import numpy as np
from sklearn.metrics import confusion_matrix

from recorder import RunRecorder
from recorder.runfile import EpochRecord, Output, four_counts, read_manifest, read_records

from .calls import CALLS
from .data import BATCH, FORMS, INPUTS, LABELS, TRAINED
from .models import MODELS, compiled

EPOCHS = 2
POLICIES = ("float32", "mixed_float16", "mixed_bfloat16")
BACKEND = keras.config.backend()
COMPILED: dict[str, dict[str, Any]] = {
    "as Keras chooses": {},
    "compiled by XLA": {"jit_compile": True},
    "not compiled": {"jit_compile": False},
    "eager": {"run_eagerly": True},
    "several steps at once": {"steps_per_execution": 3},
}
FITTED: dict[str, dict[str, Any]] = {
    "each epoch": {},
    "each second epoch": {"validation_freq": 2},
    "no validation": {"validation_data": None, "validation_split": 0.0},
}
ONLY = {
    "dataset": ("tensorflow", "jax", "torch"),
    "loader": ("torch",),
    "own_loop": ("tensorflow",),
}
NOT = {  # what Keras itself does not do
    "compiled by XLA": ("torch",),
    "several steps at once": ("torch",),
}


@dataclass(frozen=True)
class Way:
    """One training; each argument is a key of the table that it is named after."""

    output: str = "binary"
    data: str = "arrays"
    model: str = "sequential"
    compiled: str = "as Keras chooses"
    fitted: str = "each epoch"
    policy: str = "float32"

    @property
    def there(self) -> bool:
        """Whether Keras can do it on this backend."""
        words = (self.data, self.model, self.compiled)
        if self.data == "split_off" and self.fitted == "no validation":
            return False  # nothing is split off
        if BACKEND == "jax" and self.model == "own_step" and self.output == "two by name":
            return False  # Keras has no loss of two outputs there
        alone = all(BACKEND in ONLY.get(word, (BACKEND,)) and BACKEND not in NOT.get(word, ()) for word in words)
        if self.compiled == "several steps at once" and self.data in ("generators", "endless"):
            return False  # Keras makes all of these steps, beyond `steps_per_epoch`
        return alone and not (self.output == "two by name" and {"loader", "sequential", "own_loop"} & set(words))


def singles() -> list[Way]:
    """Each entry of each table, once for each kind of output."""
    tables = {"data": FORMS, "model": MODELS, "compiled": COMPILED, "fitted": FITTED, "policy": dict.fromkeys(POLICIES)}
    ways = []
    for output in LABELS:
        plain = Way(output, model="sequential" if output == "binary" else "functional")
        ways += [plain] + [replace(plain, **{name: key}) for name, table in tables.items() for key in table]
    return [way for way in dict.fromkeys(ways) if way.there]


def combined() -> list[Way]:
    """All combinations of full precision, in an order that chance gave them."""
    tables = LABELS, FORMS, MODELS, COMPILED, FITTED, ["float32"]  # half a float is rounded as a kernel likes
    ways = [way for way in starmap(Way, product(*tables)) if way.there]
    random.Random(10).shuffle(ways)
    return ways


def run(way: Way) -> None:
    """Trains it and checks what is recorded."""
    keras.config.set_dtype_policy(way.policy)
    x, labels = INPUTS[way.output], LABELS[way.output]
    arguments = FORMS[way.data](x, labels, TRAINED) | FITTED[way.fitted]
    if way.fitted == "no validation":
        arguments.pop("validation_steps", None)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.filterwarnings("error", "epochreel")
        model = compiled(MODELS[way.model], way.output, **COMPILED[way.compiled])
        recorder = RunRecorder(folder)
        model.fit(**arguments, epochs=EPOCHS, verbose=0, callbacks=[recorder])
        records, outputs = read_records(recorder.folder), read_manifest(recorder.folder).outputs
    scores = model.predict(x, verbose=0, batch_size=BATCH)
    one = not isinstance(scores, dict)
    assert {output.name for output in outputs} == ({""} if one else set(labels))
    assert [record.epoch for record in records] == list(range(EPOCHS))
    for record in records:
        validated = way.fitted == "each epoch" or (way.fitted == "each second epoch" and record.epoch % 2 == 1)
        parts = {"train": slice(0, TRAINED)} | ({"val": slice(TRAINED, None)} if validated else {})
        assert {(t.split, t.output) for t in record.tallies} == set(product(parts, [o.name for o in outputs]))
        assert {s.split for s in record.samples} == set(parts) - {"train"}
        for output in outputs:
            s, t = (each if one else each[output.name] for each in (scores, labels))
            check(record, output, parts, s.astype(np.float32), t)


def check(record: EpochRecord, output: Output, parts: dict[str, slice], scores: np.ndarray, labels: np.ndarray) -> None:
    """What an epoch has of an output is what the predictions say."""
    classes = scores.shape[1]
    truth = labels[:, None] == (np.arange(classes) if classes > 1 else 1)
    for tally in (each for each in record.tallies if each.output == output.name):
        part = parts[tally.split]
        s, t = scores[part, :, None], truth[part, :, None]
        said = s > np.float32(output.thresholds)
        wanted = [count.sum(axis=0) for count in (said & t, said & ~t, ~said & ~t, ~said & t)]
        np.testing.assert_array_equal(four_counts(tally.histogram), wanted, err_msg=tally.split)
        if classes > 1:
            matrix = confusion_matrix(labels[part], scores[part].argmax(axis=1), labels=range(classes))
            np.testing.assert_array_equal(tally.matrix, matrix, err_msg=tally.split)
    for samples in (each for each in record.samples if each.output == output.name):
        part = parts[samples.split]
        np.testing.assert_array_equal(samples.sample, np.arange(len(labels[part])))
        np.testing.assert_array_equal(samples.y_true, labels[part])
        np.testing.assert_allclose(samples.y_score, scores[part], atol=1e-6)


def calls() -> list[Callable[[], None]]:
    """Keras without `fit`, for each kind of output."""
    return [partial(call, output) for call, output in product(CALLS, ("binary", "softmax"))]


def trainings(ways: list[Way]) -> list[Callable[[], None]]:
    """Each way as something to be called."""
    return [partial(run, way) for way in ways]


def main(which: str, most: int, seconds: float) -> None:
    """Runs ways until they are done, or the time is up; those that fail are named, each with its error."""
    warnings.filterwarnings("ignore", category=UserWarning, module="keras")
    tables = {"singles": lambda: calls() + trainings(singles()), "combined": lambda: trainings(combined())}
    begun, done, failed = time.monotonic(), 0, 0
    for way in tables[which]()[:most]:
        if time.monotonic() - begun > seconds:
            break
        try:
            way()
        except Exception:  # noqa: BLE001 - the others are of interest, too
            failed += 1
            print(way, traceback.format_exc(), sep="\n", flush=True)
        done += 1
        keras.utils.clear_session()
        keras.config.set_dtype_policy("float32")
    print(f"{done - failed} of {done} ways hold on {BACKEND}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
