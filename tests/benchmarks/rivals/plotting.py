"""What people write themselves: a callback that predicts the validation data each epoch and redraws every fifth.

It draws in the training process, a new figure each time, as in a notebook.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from matplotlib import pyplot as plt
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_curve, precision_score, recall_score

Array = npt.NDArray[Any]
SCORES = {"precision": precision_score, "recall": recall_score, "F1": f1_score}


class Plotting(keras.callbacks.Callback):
    """Curves, a histogram of scores, the precision-recall curve and the confusion matrix.

    Args:
        x_val: of validation.
        y_val: of validation: [samples], or one-hot [samples, classes].
    """

    def __init__(self, x_val: Array, y_val: Array) -> None:
        super().__init__()
        self._x, self._y = x_val, y_val
        self._history: dict[str, list[float]] = {name: [] for name in (*SCORES, "loss", "val_loss")}

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Predicts, and draws every fifth time."""
        scores = self.model.predict(self._x, verbose=0)
        binary = self._y.ndim == 1
        truth, said = (self._y, scores[:, 0] > 0.5) if binary else (self._y.argmax(1), scores.argmax(1))
        for name, score in SCORES.items():
            self._history[name].append(score(truth, said, average="binary" if binary else "macro", zero_division=0))
        for name in ("loss", "val_loss"):
            self._history[name].append(logs[name])
        if epoch % 5 == 0:
            one = (truth, scores[:, 0]) if binary else (truth == 0, scores[:, 0])
            self._draw(confusion_matrix(truth, said), *one)

    def _draw(self, matrix: Array, positive: Array, score: Array) -> None:
        figure, axes = plt.subplots(2, 3, figsize=(15, 8))
        for ax, names in ((axes[0, 0], list(SCORES)), (axes[0, 1], ["loss", "val_loss"])):
            for name in names:
                ax.plot(self._history[name], label=name)
            ax.legend()
        for label in (0, 1):
            axes[0, 2].hist(score[positive == label], bins=np.linspace(0, 1, 41), alpha=0.5, label=str(label))
        axes[0, 2].set_yscale("log")
        precision, recall, _ = precision_recall_curve(positive, score)
        axes[1, 0].plot(recall, precision)
        axes[1, 1].imshow(matrix)
        for (row, column), count in np.ndenumerate(matrix):
            axes[1, 1].text(column, row, str(count), ha="center", va="center")
        axes[1, 2].plot(self._history["F1"])
        figure.tight_layout()
        plt.show()
