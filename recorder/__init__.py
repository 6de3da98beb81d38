"""Record counts, not metrics, while a classifier trains; ask any question later, with `viewer`.

    from recorder import ConfusionTally, RunRecorder

    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=[ConfusionTally()])
    model.fit(x, y, validation_data=(xv, yv), epochs=100, callbacks=[RunRecorder("runs")])

`ConfusionTally` counts on the device, `RunRecorder` writes an epoch at a time, `RunWriter` does so without Keras, of
arrays or of `Counts`, which counts batch by batch. `recorder.torch` has a tally for PyTorch. `open_writer` adds to what
was recorded. A start or a reading may raise `RunBusyError` or `RunFormatError`. Importing this package imports neither
Keras nor TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .runfile.lazy import lazily

if TYPE_CHECKING:
    from .adding import open_writer
    from .counts import Counts
    from .keras.callback import RunRecorder
    from .keras.tally import ConfusionTally
    from .runfile import RunBusyError, RunFormatError
    from .writer import RunWriter

__all__ = ["ConfusionTally", "Counts", "RunBusyError", "RunFormatError", "RunRecorder", "RunWriter", "open_writer"]


_load, __dir__ = lazily(
    __name__,
    {
        "adding": "open_writer",
        "counts": "Counts",
        "keras.callback": "RunRecorder",
        "keras.tally": "ConfusionTally",
        "runfile": "RunBusyError RunFormatError",
        "writer": "RunWriter",
    },
)


def __getattr__(name: str) -> Any:
    try:
        return _load(name)
    except ModuleNotFoundError as error:
        if error.name not in ("keras", "tensorflow"):
            raise
        raise ModuleNotFoundError(
            f"{name} is for Keras 3, which is not installed: pip install 'epochreel[tensorflow]', or pip install keras "
            "with the TensorFlow, JAX or PyTorch that you have; RunWriter and Counts need neither",
            name=error.name,
        ) from error
