"""The ways to see how a training goes that are measured side by side: what each adds to `compile` and to `fit`.

What a way needs is imported when it is made: that is part of its start-up.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # whoever starts trainings needs the names of the ways alone
    from .workloads import Workload


@dataclass(frozen=True)
class Made:
    """What a way adds.

    Args:
        metrics: for `compile`.
        callbacks: for `fit`.
        options: for `fit`.
        finish: what its documentation says to call when the training has ended.
    """

    metrics: list[Any] = field(default_factory=list)
    callbacks: list[Any] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    finish: Callable[[], object] = lambda: None


def bare(folder: Path, work: Workload) -> Made:
    """Nothing."""
    return Made()


def progress_bar(folder: Path, work: Workload) -> Made:
    """Keras's own, into a file."""
    from keras.src.callbacks.progbar_logger import ProgbarLogger

    return Made(callbacks=[ProgbarLogger()], options={"verbose": 1})


def four_counts(folder: Path, work: Workload) -> Made:
    """Keras's own metrics of the four counts."""
    import keras

    m = keras.metrics
    kinds = {"tp": m.TruePositives, "tn": m.TrueNegatives, "fn": m.FalseNegatives, "fp": m.FalsePositives}
    return Made([kind(name=name) for name, kind in kinds.items()])


def csv_logger(folder: Path, work: Workload) -> Made:
    """A line an epoch."""
    import keras

    return Made(callbacks=[keras.callbacks.CSVLogger(str(folder / "log.csv"))])


def tensorboard(folder: Path, work: Workload) -> Made:
    """As it comes."""
    import keras

    return Made(callbacks=[keras.callbacks.TensorBoard(str(folder / "logs"))])


def tensorboard_histograms(folder: Path, work: Workload) -> Made:
    """With histograms of the weights every epoch."""
    import keras

    return Made(callbacks=[keras.callbacks.TensorBoard(str(folder / "logs"), histogram_freq=1)])


def weights_and_biases(folder: Path, work: Workload) -> Made:
    """Offline, with its callback for Keras."""
    import wandb
    from wandb.integration.keras import WandbMetricsLogger

    run = wandb.init(project="bench", mode="offline", dir=str(folder))
    return Made(callbacks=[WandbMetricsLogger()], finish=run.finish)


def trackio(folder: Path, work: Workload) -> Made:
    """Has no callback for Keras: the logs of each epoch."""
    import keras
    import trackio as tracker

    tracker.init("bench", embed=False)
    log = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: tracker.log(dict(logs), step=epoch))
    return Made(callbacks=[log], finish=tracker.finish)


def aim(folder: Path, work: Workload) -> Made:
    """With its callback for Keras."""
    from aim.keras import AimCallback

    callback = AimCallback(repo=str(folder), experiment="bench")
    return Made(callbacks=[callback], finish=callback.close)


def livelossplot(folder: Path, work: Workload) -> Made:
    """In a notebook's kernel."""
    as_in_a_notebook()
    from livelossplot import PlotLossesKeras

    return Made(callbacks=[PlotLossesKeras(mode="notebook")])


def plotting(folder: Path, work: Workload) -> Made:
    """What people write themselves, in a notebook's kernel."""
    as_in_a_notebook()
    from .plotting import Plotting

    return Made(callbacks=[Plotting(work.x_val, work.y_val)])


def epochreel(folder: Path, work: Workload, *, options: dict[str, Any] | None = None, **recording: Any) -> Made:
    """A metric and a callback."""
    from recorder import ConfusionTally, RunRecorder

    return Made([ConfusionTally()], [RunRecorder(folder / "runs", **recording)], options or {})


def epochreel_without_samples(folder: Path, work: Workload) -> Made:
    """Counts alone."""
    return epochreel(folder, work, max_samples=0)


def epochreel_2000(folder: Path, work: Workload) -> Made:
    """The predictions of 2,000 samples."""
    return epochreel(folder, work, max_samples=2_000)


def epochreel_large_batches(folder: Path, work: Workload) -> Made:
    """Validated in larger batches."""
    return epochreel(folder, work, options={"validation_batch_size": 2048})


def as_in_a_notebook() -> None:
    """A figure that is shown becomes a PNG, as in a kernel."""
    from IPython.core.interactiveshell import InteractiveShell
    from matplotlib_inline.backend_inline import configure_inline_support

    os.environ["MPLBACKEND"] = backend = "module://matplotlib_inline.backend_inline"
    configure_inline_support(InteractiveShell.instance(), backend)


@dataclass(frozen=True)
class Way:
    """A row of the table.

    Args:
        make: what it adds.
        package: distribution of which it is, None for Keras itself and what is written by hand.
    """

    make: Callable[[Path, Workload], Made]
    package: str | None = None


WAYS: dict[str, Way] = {
    "bare fit": Way(bare),
    "progress bar": Way(progress_bar),
    "Keras's four counts": Way(four_counts),
    "CSVLogger": Way(csv_logger),
    "TensorBoard(histogram_freq=0)": Way(tensorboard, "tensorboard"),
    "TensorBoard(histogram_freq=1)": Way(tensorboard_histograms, "tensorboard"),
    "W&B, offline": Way(weights_and_biases, "wandb"),
    "Trackio": Way(trackio, "trackio"),
    "Aim": Way(aim, "aim"),
    "livelossplot": Way(livelossplot, "livelossplot"),
    "plotting callback": Way(plotting),
    "epochreel": Way(epochreel, "epochreel"),
    "epochreel, max_samples=2000": Way(epochreel_2000, "epochreel"),
    "epochreel, max_samples=0": Way(epochreel_without_samples, "epochreel"),
    "epochreel, validation_batch_size=2048": Way(epochreel_large_batches, "epochreel"),
}
