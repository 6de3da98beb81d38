"""What the samples of `digits.py` look like: the file behind `--samples`.

epochreel watch runs --samples examples/digits_show.py
epochreel export RUN --to samples.html --samples examples/digits_show.py
"""

from __future__ import annotations

from typing import Any

from sklearn.datasets import load_digits

images = load_digits().images  # 8 x 8 pixels, from 0 (paper) to 16 (ink)


def show(sample: int, id: int) -> Any:
    """The image of a sample: `sample` is its position in the validation data, `id` what digits.py called it."""
    return 1 - images[id] / 16
