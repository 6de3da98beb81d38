"""The same training on several devices or processes: `python -m tests.recorder.keras.distributed_cases WAY FOLDER ...`.

The learning rate is 0, so that what was counted is what the model predicts afterwards: counts must equal NumPy's.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

GRID = [0.25, 0.4, 0.5, 0.6]
TRAIN, VAL = slice(0, 200), slice(200, 301)
OUTPUTS = {"binary": 1, "multiclass": 3, "multilabel": 3}


def data(kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and labels."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(301, 4)).astype(np.float32)
    y = rng.integers(0, 3, 301) if kind == "multiclass" else rng.integers(0, 2, (301, OUTPUTS[kind]))
    return x, y


def model_of(kind: str) -> Any:
    """A network that does not learn."""
    import keras

    from recorder import ConfusionTally

    keras.utils.set_random_seed(3)
    activation = "softmax" if kind == "multiclass" else "sigmoid"
    head = keras.layers.Dense(OUTPUTS[kind], activation, kernel_initializer="random_normal")
    model = keras.Sequential([keras.Input((4,)), head])
    loss = "sparse_categorical_crossentropy" if kind == "multiclass" else "binary_crossentropy"
    model.compile(keras.optimizers.SGD(0.0), loss, metrics=[ConfusionTally(GRID, kind=kind)])
    return model


def check(folder: Path, kind: str, y: dict[str, np.ndarray], scores: dict[str, np.ndarray], epochs: int) -> None:
    """What a run holds is what NumPy counts of the predictions."""
    from recorder import Counts
    from recorder.runfile import read_records
    from tests.recorder.tally_cases import check as equal

    records = list(read_records(folder))
    assert len(records) == epochs
    for record in records:
        assert {tally.split for tally in record.tallies} == set(y)
        for tally in record.tallies:
            counts = Counts(kind, thresholds=GRID)  # type: ignore[arg-type]
            counts.update(y[tally.split], scores[tally.split])
            equal(tally, counts.counted(tally.split).tally)


def strategy_of(way: str) -> Any:
    """What the model is made within."""
    if way == "jax":
        import keras

        keras.distribution.set_distribution(keras.distribution.DataParallel())
        return nullcontext
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope


def fit(way: str, root: Path) -> None:
    """Trains every output in Keras's `fit`; who writes the run checks it."""
    from recorder import RunRecorder

    scope = strategy_of(way)
    val = slice(200, 300) if way == "jax" else VAL  # JAX refuses batches that its devices do not divide
    for kind in OUTPUTS:
        x, y = data(kind)
        with scope():
            model = model_of(kind)
        recorder = RunRecorder(root / kind, verbose=0)
        options = {"epochs": 2, "batch_size": 32, "verbose": 0, "callbacks": [recorder]}
        model.fit(x[TRAIN], y[TRAIN], validation_data=(x[val], y[val]), **options)
        kernel, bias = model.get_weights()
        scores = {split: scored(kind, x[rows] @ kernel + bias) for split, rows in (("train", TRAIN), ("val", val))}
        check(recorder.folder, kind, {"train": y[TRAIN], "val": y[val]}, scores, 2)


def scored(kind: str, logits: np.ndarray) -> np.ndarray:
    """Probabilities."""
    if kind != "multiclass":
        return (1 / (1 + np.exp(-logits.astype(np.float64)))).astype(np.float32)
    raised = np.exp(logits.astype(np.float64))
    return (raised / raised.sum(axis=-1, keepdims=True)).astype(np.float32)


def workers(root: Path, rank: int, ports: list[str]) -> None:
    """A loop over `MultiWorkerMirroredStrategy`, two processes: under it Keras 3 cannot `fit`, by itself either."""
    hosts = [f"localhost:{port}" for port in ports]
    task = {"type": "worker", "index": rank}
    os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": hosts}, "task": task})
    import tensorflow as tf

    from recorder import ConfusionTally, RunWriter

    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    assert strategy.num_replicas_in_sync == 2
    for kind, width in OUTPUTS.items():
        x, y = data(kind)
        with strategy.scope():
            model, tally = model_of(kind), ConfusionTally(GRID, kind=kind)
            tally.build(tf.zeros(y[:1].shape), tf.zeros((1, width)))
        dataset = tf.data.Dataset.from_tensor_slices((x[VAL], y[VAL])).batch(32)

        @tf.function
        def step(batch: Any, model: Any = model, tally: Any = tally) -> None:
            def of_replica(inputs: Any, labels: Any) -> None:
                tally.update_state(labels, model(inputs))

            strategy.run(of_replica, args=batch)

        with RunWriter(root / kind) as run:
            for epoch in range(2):
                for batch in strategy.experimental_distribute_dataset(dataset):
                    step(batch)
                run.epoch(epoch, val=tally)
                tally.reset_state()
        assert (run.folder is None) == (rank > 0)
        if run.folder is not None:
            kernel, bias = (np.array(weight) for weight in model.get_weights())
            check(run.folder, kind, {"val": y[VAL]}, {"val": scored(kind, x[VAL] @ kernel + bias)}, 2)


def loop(root: Path, rank: int, world: int) -> None:
    """Keras on PyTorch as its guide has it: a loop over `DistributedDataParallel`, and PyTorch's tally."""
    import keras
    import torch
    from torch import distributed
    from torch.utils.data import DataLoader, DistributedSampler

    from recorder import RunWriter
    from recorder.torch import ConfusionTally

    assert keras.config.backend() == "torch"
    distributed.init_process_group("gloo", init_method=f"file://{root}/meet", rank=rank, world_size=world)
    for kind in OUTPUTS:
        x, y = data(kind)
        model = model_of(kind)
        model(x[:1])
        parallel = torch.nn.parallel.DistributedDataParallel(model)
        positions = range(len(x[VAL]))
        tally = ConfusionTally(kind, thresholds=GRID, dataset_size=len(positions))
        with RunWriter(root / kind) as run:
            for epoch in range(2):
                sampler = DistributedSampler(positions, shuffle=True)
                sampler.set_epoch(epoch)
                for ids in DataLoader(positions, batch_size=32, sampler=sampler):
                    with torch.no_grad():
                        scores = parallel(torch.from_numpy(x[VAL][ids.numpy()]))
                    tally.update(torch.from_numpy(y[VAL][ids.numpy()]), scores, ids=ids)
                run.epoch(epoch, val=tally)
                tally.reset()
        assert (run.folder is None) == (rank > 0)
        if run.folder is not None:
            with torch.no_grad():
                predicted = model(x[VAL]).numpy()
            check(run.folder, kind, {"val": y[VAL]}, {"val": predicted}, 2)
        del parallel  # which must go before the group does
    distributed.barrier()  # or the one that has nothing to check waits for ever where the other is still busy
    distributed.destroy_process_group()


if __name__ == "__main__":
    way, folder, *rest = sys.argv[1:]
    if way == "torch":
        loop(Path(folder), int(rest[0]), int(rest[1]))
    elif way == "workers":
        workers(Path(folder), int(rest[0]), rest[1:])
    else:
        fit(way, Path(folder))
    print("counts hold", flush=True)
    sys.stdin.read()  # until all processes have come so far
