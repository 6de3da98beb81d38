"""One training, in a process that `process.py` starts and which tells it by a socket what it cost."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

WARM = 1  # epoch from which on is measured: the first one traces
BATCH = 32


class Teller:
    """The end of a socket at which the training stands."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)
        self._file = socket.socket(fileno=descriptor).makefile("rw")

    def tell(self, what: str, **values: Any) -> None:
        """Says something, and waits until it has been taken in."""
        self._file.write(json.dumps({"what": what} | values) + "\n")
        self._file.flush()
        self._file.readline()


class Stopwatch:
    """Seconds inside hooks of callbacks."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def watch(self, callback: Any) -> None:
        """Each hook that the callback has of its own; those that it inherits from Keras do nothing."""
        for name in filter(lambda name: name.startswith("on_"), dir(type(callback))):
            method = getattr(callback, name)
            if not hasattr(method, "_is_default"):
                setattr(callback, name, self._timed(method))

    def _timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return method(*arguments, **named)
            finally:
                self.seconds += time.perf_counter() - began

        return timed


def train(workload: str, way: str, epochs: int, folder: Path, teller: Teller) -> None:
    """Trains, and tells when it is warm and when the last epoch has ended."""
    import keras

    from .ways import WAYS
    from .workloads import WORKLOADS

    keras.utils.set_random_seed(7)
    work, watch = WORKLOADS[workload](), Stopwatch()
    began = time.perf_counter()
    made = WAYS[way].make(folder, work)
    ready = 0.0

    class First(keras.callbacks.Callback):
        """Before all others."""

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == WARM:
                teller.tell("warm")
                watch.seconds, last.clock = 0.0, time.perf_counter()

    class Last(keras.callbacks.Callback):
        """Behind all others."""

        clock = 0.0

        def on_train_begin(self, logs: Any = None) -> None:
            nonlocal ready
            ready = time.perf_counter() - began

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if epoch == epochs - 1:
                wall, counted = time.perf_counter() - self.clock, epochs - WARM
                teller.tell("trained", start=ready, wall=wall / counted, hooks=watch.seconds / counted)

    last = Last()
    for callback in made.callbacks:
        watch.watch(callback)
    model = work.network()
    model.compile("adam", work.loss, metrics=made.metrics)
    options = {"validation_data": (work.x_val, work.y_val), "batch_size": BATCH, "epochs": epochs, "verbose": 0}
    model.fit(work.x, work.y, callbacks=[First(), *made.callbacks, last], **options | made.options)
    made.finish()


def main() -> None:
    """Of words: workload, way, epochs, folder, descriptor of the socket."""
    workload, way, epochs, folder, descriptor = sys.argv[1:]
    teller = Teller(int(descriptor))
    with (Path(folder) / "said.txt").open("w") as said, contextlib.redirect_stdout(said):
        try:
            train(workload, way, int(epochs), Path(folder), teller)
        except Exception as error:  # noqa: BLE001 # whatever a rival does is a row of the table
            traceback.print_exc()
            teller.tell("failed", why=f"{type(error).__name__}: {error}")
            sys.exit(1)


if __name__ == "__main__":
    main()
