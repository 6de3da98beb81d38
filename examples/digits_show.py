"""What the validation samples of `digits.py` look like: the file behind `--samples`.

epochreel watch runs --samples examples/digits_show.py
epochreel export RUN --to samples.html --samples examples/digits_show.py
"""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

images, digits = load_digits(return_X_y=True)
_, validation = train_test_split(images, test_size=0.3, stratify=digits, random_state=0)  # as digits.py has it


def show(sample: int) -> np.ndarray:
    """The image at a position in the validation data: 8 x 8 pixels, from 0 to 16."""
    return 1 - validation[sample].reshape(8, 8) / 16
