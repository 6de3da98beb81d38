"""Real images: ten classes of handwritten digits, or, with `--one 8`, the imbalanced question "is it an 8?".

python examples/digits.py
python examples/digits.py --one 8
"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from recorder import ConfusionTally, RunRecorder


def main() -> None:
    """Trains and records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--runs", default="runs")
    parser.add_argument("--one", type=int, choices=range(10), default=None)
    options = parser.parse_args()

    keras.utils.set_random_seed(7)
    images, digits = load_digits(return_X_y=True)
    labels = digits if options.one is None else (digits == options.one).astype(int)
    numbers = range(len(images))  # what the samples are called: digits_show.py finds the images by them
    x, x_val, y, y_val, _, ids = train_test_split(
        images / 16, labels, numbers, test_size=0.3, stratify=digits, random_state=0
    )
    ten = options.one is None
    head = keras.layers.Dense(10, activation="softmax") if ten else keras.layers.Dense(1, activation="sigmoid")
    model = keras.Sequential([keras.layers.Dense(32, activation="relu"), head])
    loss = "sparse_categorical_crossentropy" if ten else "binary_crossentropy"
    model.compile(optimizer="adam", loss=loss, metrics=[ConfusionTally()])
    names = [str(digit) for digit in range(10)] if ten else [f"not {options.one}", str(options.one)]
    recorder = RunRecorder(
        options.runs, name="digits" if ten else f"is-it-{options.one}", class_names=names, sample_ids=ids
    )
    model.fit(x, y, validation_data=(x_val, y_val), epochs=options.epochs, callbacks=[recorder], verbose=2)
    print(f"Look at it: epochreel export {recorder.folder} --to digits.png")
    show = shlex.quote(str(Path(__file__).with_name("digits_show.py")))
    print(f"Its hardest samples: epochreel export {recorder.folder} --to samples.html --samples {show}")


if __name__ == "__main__":
    main()
