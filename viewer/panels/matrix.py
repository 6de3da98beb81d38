"""The confusion matrix: shares of each true class as colour, counts and shares as numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..frames import Frame
from .style import INK, QUIET, plain, prepare, text

NUMBERS_UP_TO = 12
NAMES_UP_TO = 20


class Matrix:
    """An image and its numbers, which are left out where they would not fit."""

    def __init__(self) -> None:
        self._cells: list[list[Any]] = []

    def setup(self, axes: Any) -> None:
        """Makes the image."""
        self._axes = axes
        prepare(axes, "Confusion matrix")
        axes.grid(visible=False)
        axes.set_xlabel("predicted", fontsize=8, color=QUIET)
        axes.set_ylabel("true", fontsize=8, color=QUIET)
        self._image = axes.imshow(np.zeros((2, 2)), cmap="Blues", vmin=0, vmax=1, aspect="auto")
        self._none = text(axes, 0.5, 0.5, ha="center", va="center", fontsize=9)
        self._classes = 0

    def update(self, frame: Frame) -> list[Any]:
        """Moves colours and numbers."""
        matrix = frame.matrix
        self._none.set_text("" if matrix is not None else "no confusion matrix for this run")
        self._image.set_visible(matrix is not None)
        if matrix is not None:
            if len(matrix) != self._classes:
                self._rebuild(frame, len(matrix))
            with np.errstate(invalid="ignore", divide="ignore"):
                shares = matrix / matrix.sum(axis=1, keepdims=True)
            self._image.set_data(np.nan_to_num(shares))
            self._write(matrix, shares)
        return [self._image, self._none, *(cell for row in self._cells for cell in row)]

    def _rebuild(self, frame: Frame, classes: int) -> None:
        self._classes = classes
        self._image.set_extent((-0.5, classes - 0.5, classes - 0.5, -0.5))
        self._axes.set(xlim=(-0.5, classes - 0.5), ylim=(classes - 0.5, -0.5))
        if classes <= NAMES_UP_TO:
            names = [plain(name)[:10] for name in frame.classes]
            slant = classes > 6 and max(map(len, names)) > 3
            self._axes.set_xticks(range(classes), names, fontsize=8, rotation=45 if slant else 0, parse_math=False)
            self._axes.set_yticks(range(classes), names, fontsize=8, parse_math=False)
        size = 10 if classes == 2 else 8 if classes <= 6 else 6
        if classes <= NUMBERS_UP_TO:
            self._cells = [
                [self._axes.text(x, y, "", ha="center", va="center", fontsize=size) for x in range(classes)]
                for y in range(classes)
            ]

    def _write(self, matrix: Any, shares: Any) -> None:
        for y, row in enumerate(self._cells):
            for x, cell in enumerate(row):
                share = "" if np.isnan(shares[y, x]) else f"{shares[y, x]:.1%}"
                cell.set_text(f"{matrix[y, x]:,}\n{share}" if len(self._cells) <= 6 else f"{matrix[y, x]}")
                cell.set_color("white" if shares[y, x] > 0.55 else INK)
