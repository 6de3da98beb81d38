"""What is asked of every tally that a user makes, whatever it counts on."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest

from recorder import Counts


def tally(package: str, **given: Any) -> Any:
    """A tally of three classes that has counted a batch."""
    truth, scores = np.array([0, 1, 2, 2]), np.eye(3, dtype=np.float32)[[0, 1, 2, 0]]
    if package == "numpy":
        made: Any = Counts("multiclass", **given)
        made.update(truth, scores)
        return made
    library = pytest.importorskip(package)
    made = import_module(f"recorder.{package}").ConfusionTally("multiclass", num_classes=3, **given)
    if package == "torch":
        made.update(library.tensor(truth), library.tensor(scores))
    return made


@pytest.mark.parametrize("package", ["numpy", "torch", "jax"])
def test_class_names_come_from_an_encoder_and_are_no_letters(package: str) -> None:
    """An array of names names the classes; a string in place of a sequence is refused before anything is counted."""
    assert tally(package, class_names=np.array(["cat", "dog", "owl"])).output.classes == ["cat", "dog", "owl"]
    with pytest.raises(ValueError, match=r"^class_names must be a sequence of strings\. Received: 'cat'$"):
        tally(package, class_names="cat")
