"""The confusion matrix: shares of each true class as colour, counts and shares as numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..frames import Frame
from .style import label_axes, plain, prepare, text, theme

NUMBERS_UP_TO = 12
NAMES_UP_TO = 20


class Matrix:
    """An image and its numbers, which are left out where they would not fit."""

    margins = {"left": 0.8}

    def setup(self, ax: Any) -> None:
        """Makes the image."""
        self._ax, self._theme = ax, theme()
        prepare(ax, "Confusion matrix")
        ax.grid(visible=False)
        label_axes(ax, "predicted", "true")
        self._image = ax.imshow(np.zeros((2, 2)), cmap=self._theme.shares, vmin=0, vmax=1, aspect="auto", animated=True)
        self._none = text(ax, 0.5, 0.5, ha="center", va="center", fontsize=9)
        self._cells: list[list[Any]] = []
        self._classes = 0

    def update(self, frame: Frame) -> None:
        """Moves colours and numbers."""
        matrix = frame.confusion()
        self._none.set_text("" if matrix is not None else "no confusion matrix for this run")
        self._image.set_visible(matrix is not None)
        if matrix is None:
            return
        if len(matrix) != self._classes:
            self._rebuild(frame, len(matrix))
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = matrix / matrix.sum(axis=1, keepdims=True)
        self._image.set_data(np.nan_to_num(shares))
        self._write(matrix, shares)

    def _rebuild(self, frame: Frame, classes: int) -> None:
        self._classes = classes
        self._image.set_extent((-0.5, classes - 0.5, classes - 0.5, -0.5))
        self._ax.set(xlim=(-0.5, classes - 0.5), ylim=(classes - 0.5, -0.5))
        if classes <= NAMES_UP_TO:
            names = [plain(name, 10) for name in frame.classes]
            slant = classes > 6 and max(map(len, names)) > 3
            self._ax.set_xticks(range(classes), names, fontsize=8, rotation=45 if slant else 0, parse_math=False)
            self._ax.set_yticks(range(classes), names, fontsize=8, parse_math=False)
        size = 10 if classes == 2 else 8 if classes <= 6 else 6
        if classes <= NUMBERS_UP_TO:
            self._cells = [[self._cell(x, y, size) for x in range(classes)] for y in range(classes)]

    def _cell(self, x: int, y: int, size: float) -> Any:
        return text(self._ax, x, y, transform=self._ax.transData, ha="center", va="center", fontsize=size)

    def _write(self, matrix: Any, shares: Any) -> None:
        for y, row in enumerate(self._cells):
            for x, cell in enumerate(row):
                share = "" if np.isnan(shares[y, x]) else f"{shares[y, x]:.1%}"
                cell.set_text(f"{matrix[y, x]:,}\n{share}" if len(self._cells) <= 6 else f"{matrix[y, x]}")
                red, green, blue, _ = self._image.cmap(np.nan_to_num(shares[y, x]))
                cell.set_color("#ffffff" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.55 else "#22242a")
