"""A picture that is drawn in steps, and the same state drawn at once."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from recorder import RunWriter
from viewer.dashboard.figure import Dashboard
from viewer.drawing.theme import THEMES
from viewer.formulas import parse_spec
from viewer.frame import Framer
from viewer.run import open_run

Pixels = npt.NDArray[np.uint8]
SAMPLES, CLASSES = 120, 4
KINDS = ("binary", "multiclass", "multilabel", "logs")


class Growing:
    """A run that is being recorded.

    Args:
        root: folder of runs.
        kind: one of `KINDS`.
        planned: epochs.
    """

    def __init__(self, root: Path, kind: str, *, planned: int | None = 40) -> None:
        options: dict[str, Any] = {"kind": kind} if kind == "multilabel" else {}
        thresholds = np.linspace(0, 1, 41)
        self._writer = RunWriter(root, name=kind, epochs=planned, thresholds=thresholds, max_samples=20, **options)
        self._kind, self.epochs = kind, 0
        self.folder = self._writer.folder

    def skip(self) -> None:
        """Records an epoch without counts."""
        self._writer.epoch(self.epochs, logs={"loss": 1.0})
        self.epochs += 1

    def grow(self, epochs: int) -> None:
        """Records more epochs."""
        for epoch in range(self.epochs, self.epochs + epochs):
            rng = np.random.default_rng(epoch)
            loss = float(2 / (1 + epoch) + 0.2 * rng.random())
            logs = {"loss": loss, "val_loss": 1.1 * loss, "accuracy": 1 - loss / 3}
            splits = (
                {} if self._kind == "logs" else {"train": self._arrays(rng, epoch), "val": self._arrays(rng, epoch)}
            )
            with warnings.catch_warnings(action="ignore"):
                self._writer.epoch(epoch, logs=logs, seconds={"epoch": 0.4}, **splits)
        self.epochs += epochs

    def close(self) -> None:
        """Ends the run."""
        self._writer.close()

    def _arrays(self, rng: np.random.Generator, epoch: int) -> tuple[Any, Any]:
        better = 0.1 * min(epoch, 20)
        if self._kind == "binary":
            truth = np.arange(SAMPLES) % 5 == 0
            return truth, _sigmoid(rng.normal(size=SAMPLES) + better * (2 * truth - 1))
        if self._kind == "multilabel":
            labels = (np.arange(SAMPLES)[:, None] + np.arange(CLASSES)) % 3 == 0
            return labels.astype(int), _sigmoid(rng.normal(size=labels.shape) + better * (2 * labels - 1))
        classes = np.arange(SAMPLES) % CLASSES
        scores = np.exp(rng.normal(size=(SAMPLES, CLASSES)) + 2 * better * np.eye(CLASSES)[classes])
        return classes, (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)


class Stepped:
    """A dashboard that is drawn anew only where something changed.

    Args:
        run: that it shows.
        layout: of its panels.
    """

    def __init__(self, run: Growing, layout: str) -> None:
        self._run, self._layout = run, layout
        self._framer = Framer(open_run(run.folder))
        self._size, self._theme, self._logs, self._position = (900, 600), "light", 0, -1
        self._make()

    def step(self, what: str, value: Any = None) -> None:
        """Does something to the picture, and draws it."""
        {
            "grow": self._grow,
            "skip": self._skip,
            "seek": self._seek,
            "size": self._resize,
            "theme": self._dress,
            "log": self._log,
            "draw": self._draw,
            "turn": lambda knobs: self._framer.turn(**knobs),
        }[what](value)
        self._dashboard.update(self._framer.frame(self._position))
        self._dashboard.paint()

    def pixels(self) -> Pixels:
        """uint8 [height, width, 4] of the picture as it has become."""
        return np.asarray(self._dashboard.figure.canvas.buffer_rgba()).copy()  # type: ignore[attr-defined] # Agg

    def at_once(self, *, full: bool = False) -> Pixels:
        """uint8 [height, width, 4] of the same state, by a dashboard that knows no other; `full` as a toolkit draws."""
        framer = Framer(open_run(self._run.folder), self._framer.knobs)
        dashboard = _dashboard(self._layout, self._size, self._theme)
        for _ in range(self._logs % 2):
            _toggle(dashboard)
        dashboard.update(framer.frame(self._position))
        canvas: Any = dashboard.figure.canvas
        if full:
            canvas.draw()
            dashboard.adopt()
        dashboard.paint()
        return np.asarray(canvas.buffer_rgba()).copy()

    def cell_at(self, row: int, column: int) -> str:
        """Name of the panel at a pixel from the top left."""
        height = self._dashboard.figure.bbox.height
        inside = (
            type(cell.panel).__name__
            for cell in self._dashboard.cells
            if cell.bbox.x0 <= column < cell.bbox.x1 and cell.bbox.y0 <= height - 1 - row < cell.bbox.y1
        )
        return next(inside, "between the panels")

    def _make(self) -> None:
        self._dashboard = _dashboard(self._layout, self._size, self._theme)
        for _ in range(self._logs % 2):
            _toggle(self._dashboard)

    def _grow(self, epochs: int) -> None:
        self._run.grow(epochs)
        self._framer.refresh()
        self._position = -1

    def _skip(self, _: Any) -> None:
        self._run.skip()
        self._grow(0)

    def _seek(self, share: float) -> None:
        self._position = int(share * max(self._run.epochs - 1, 0)) if self._run.epochs else -1

    def _resize(self, size: tuple[int, int]) -> None:
        self._size = size
        self._dashboard.figure.set_size_inches(size[0] / 100, size[1] / 100)
        self._dashboard.fit()

    def _dress(self, theme: str) -> None:
        self._theme = theme
        self._make()

    def _log(self, _: Any) -> None:
        self._logs += 1
        _toggle(self._dashboard)

    def _draw(self, _: Any) -> None:
        self._dashboard.figure.canvas.draw()
        self._dashboard.adopt()


def _dashboard(layout: str, size: tuple[int, int], theme: str) -> Dashboard:
    figure = Figure(figsize=(size[0] / 100, size[1] / 100), dpi=100)
    FigureCanvasAgg(figure)
    return Dashboard(figure, layout, theme=THEMES[theme])


def _toggle(dashboard: Dashboard) -> None:
    for panel in dashboard.panels:
        toggle = getattr(panel, "toggle_log", None)
        if toggle is not None:
            toggle()


def _sigmoid(values: Any) -> Any:
    return (1 / (1 + np.exp(-values))).astype(np.float32)


KNOBS: dict[str, list[Any]] = {
    "threshold": [None, 0.1, 0.3, 0.52, 0.9, 1.0],
    "band": [0.0, 0.5, 0.95],
    "split": [None, "train", "val"],
    "label": [None, 0, 2],
    "prevalence": [None, 0.01, 0.5],
    "metrics": [
        (),
        *(tuple(map(parse_spec, names)) for names in (("precision",), ("mcc", "kappa", "lr+"), ("f1", "fp"))),
    ],
}
SIZES = [(900, 600), (901, 603), (640, 480), (1280, 780), (333, 777), (1003, 251), (400, 140)]
Step = tuple[str, Any]


def random_step(rng: np.random.Generator) -> Step:
    """Something that happens to a picture."""
    choose: dict[str, Callable[[], Any]] = {
        "grow": lambda: int(rng.integers(1, 12)),
        "skip": lambda: None,
        "seek": lambda: float(rng.random()),
        "size": lambda: SIZES[rng.integers(len(SIZES))],
        "theme": lambda: ("light", "dark")[rng.integers(2)],
        "log": lambda: None,
        "draw": lambda: None,
        "turn": lambda: _knob(rng),
    }
    what = str(rng.choice(list(choose), p=[0.22, 0.08, 0.14, 0.1, 0.04, 0.06, 0.08, 0.28]))
    return what, choose[what]()


def _knob(rng: np.random.Generator) -> dict[str, Any]:
    name = str(rng.choice(list(KNOBS)))
    return {name: KNOBS[name][rng.integers(len(KNOBS[name]))]}
