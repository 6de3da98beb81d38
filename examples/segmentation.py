"""Pixels of images are not independent: two small segmentations, recorded with the image of each pixel.

python examples/segmentation.py
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from recorder import RunWriter

SIZE = 32


def main() -> None:
    """Trains and records two models, which see surroundings of 3 x 3 and of 7 x 7 pixels."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--runs", default="runs/segmentation")
    options = parser.parse_args()

    x, y = images(60, seed=1)
    x_val, y_val = images(40, seed=2)
    names = [f"image {number}" for number in range(len(x_val))]
    for width in (3, 7):
        seen, seen_val = surroundings(x, width), surroundings(x_val, width)
        weights = np.zeros(seen.shape[-1])
        with RunWriter(
            options.runs, name=f"{width} x {width}", epochs=options.epochs, groups=names, group_thresholds=[0.3]
        ) as run:
            for epoch in range(options.epochs):
                error = probabilities(seen, weights) - y
                weights -= 0.5 * np.einsum("nijk,nij->k", seen, error) / y.size
                scores = probabilities(seen_val, weights)
                run.epoch(epoch, val=(y_val[..., None], scores[..., None]))  # classes are on the last axis: one score
    print(f"Look at them: epochreel compare {options.runs} -m f1@0.3 -m accuracy")
    print("A band: epochreel export latest --to segmentation.png -m f1@0.3")


def images(number: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Images [number, SIZE, SIZE] of a disc in noise, some dark, some bright, and whether each pixel is of the disc."""
    rng = np.random.default_rng(seed)
    row, column = np.mgrid[:SIZE, :SIZE]
    x, y, radius = (rng.uniform(low, high, (number, 1, 1)) for low, high in ((8, 24), (8, 24), (4, 10)))
    disc = (row - x) ** 2 + (column - y) ** 2 < radius**2
    contrast, light = rng.uniform(0.3, 1.5, (number, 1, 1)), rng.normal(0, 0.4, (number, 1, 1))
    return disc * contrast + light + rng.normal(0, 0.6, disc.shape), disc.astype(int)


def surroundings(x: np.ndarray, width: int) -> np.ndarray:
    """What a model sees of each pixel: a constant, and the pixels around it, [images, SIZE, SIZE, 1 + width^2]."""
    edge = width // 2
    windows = sliding_window_view(np.pad(x, ((0, 0), (edge, edge), (edge, edge))), (width, width), axis=(1, 2))
    flat = windows.reshape(*x.shape, -1)
    return np.concatenate([np.ones((*x.shape, 1)), flat], axis=-1)


def probabilities(seen: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Of each pixel, by logistic regression."""
    return 1 / (1 + np.exp(-seen @ weights))


if __name__ == "__main__":
    main()
