"""What goes wrong in a training is seen, and what goes as trainings go is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.runfile import Output, kind_of
from recorder.runfile.alerts import Decided, alerts

NAN, INF = float("nan"), float("inf")
FALLING = [1.0, 0.6, 0.4, 0.3, 0.25, 0.22, 0.2, 0.19, 0.185, 0.18, 0.178]


def told(losses: dict[str, list[float]], decided: list[Decided] | None = None) -> list[str]:
    """The sentences."""
    logs = {name: (np.arange(len(values)), np.array(values, float)) for name, values in losses.items()}
    return [alert.text for alert in alerts(logs, decided or [])]


@pytest.mark.parametrize(
    ("losses", "sentence"),
    [
        ([*FALLING, NAN, NAN], "loss is NaN since epoch 11"),
        ([INF], "loss is infinite since epoch 0"),
        ([1.0, NAN, 0.5], "loss was not finite at epoch 1"),
        ([1.0, NAN, NAN, 0.5], "loss was not finite in 2 epochs, the last of them 2"),
        ([1.0, 0.8, 0.7, 1e6, 0.5, 0.4], "loss jumped to 1e+06 at epoch 3 and came back"),
        ([1.0, 0.8, 0.7, 50.0], "loss jumped to 50 at epoch 3 from 0.7"),
        ([-0.5, -0.7, -0.8, 4.0], "loss jumped to 4 at epoch 3 from -0.8"),
        ([1.0, 0.8, 0.7, 0.9, 1.1, 1.3, 1.4, 1.5], "loss is above where it started since epoch 5"),
    ],
)
def test_a_loss_that_breaks_out_or_is_no_number_is_told(losses: list[float], sentence: str) -> None:
    """Since when, and whether it came back; negative ones too."""
    assert told({"loss": losses}) == [sentence]


def test_a_loss_that_creeps_above_its_start_has_not_jumped() -> None:
    """What is told apart by name is marked as a jump where it is one: pictures say "breaks out" of no other."""
    for losses, what in (([1.0, 0.8, 0.7, 50.0], "diverged loss"), ([1.0, 1.0, 0.99, 1.04, 1.05, 1.04], "risen loss")):
        (alert,) = alerts({"loss": (np.arange(len(losses)), np.array(losses))})
        assert alert.what == what


def test_validation_that_gets_worse_while_training_gets_better_is_told() -> None:
    """From its best on; not where training gets no better either, nor in the first epochs after the best."""
    worse = [1.0, 0.6, 0.5, *[0.55 + 0.1 * step for step in range(8)]]
    sentence = "validation loss has risen from 0.5 at epoch 2 to 1.25, while training loss falls"
    assert told({"loss": FALLING, "val_loss": worse}) == [sentence]
    assert told({"loss": FALLING[:6], "val_loss": worse[:6]}) == []
    assert told({"loss": [*FALLING[:3], *[FALLING[2]] * 8], "val_loss": worse}) == []


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000), length=st.integers(1, 60), sign=st.sampled_from([1, -1]), noise=st.floats(0, 0.02))
def test_a_training_that_goes_well_has_no_alert(seed: int, length: int, sign: int, noise: float) -> None:
    """A noisy fall to a level, of either sign, with a validation above it."""
    rng = np.random.default_rng(seed)
    fall = np.exp(-np.arange(length) / 6) + (2 if sign > 0 else -3)
    loss, val = (fall + rng.normal(0, noise, length) + above for above in (0, 0.1))
    assert told({"loss": loss.tolist(), "val_loss": val.tolist(), "norm": [1e9] * length}) == []


@pytest.mark.filterwarnings("error")
@given(losses=st.lists(st.floats(), min_size=1, max_size=30), val=st.lists(st.floats(), min_size=1, max_size=30))
def test_no_numbers_make_a_warning(losses: list[float], val: list[float]) -> None:
    """Not those at the ends of their range either, whose differences are infinite."""
    told({"loss": losses, "val_loss": val})


@pytest.mark.filterwarnings("error")
def test_a_jump_across_all_numbers_is_told() -> None:
    """From nearly the least number to nearly the largest."""
    assert told({"loss": [-1.7e308, -1.7e308, -1.7e308, 1.7e308]}) == [
        "loss jumped to 1.7e+308 at epoch 3 from -1.7e+308"
    ]


def decided(kind: str, classes: list[str], counts: list[list[int]], epochs: int = 4) -> Decided:
    """The same counts tp, fp, tn, fn by class at each epoch."""
    output = Output(kind=kind, classes=classes, thresholds=[0.5])
    four = np.repeat(np.array(counts)[..., None], epochs, axis=-1)
    return Decided(output, 10 + np.arange(epochs), tuple(four))


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (decided("binary", ["no", "yes"], [[0], [0], [90], [10]]), "only no"),
        (decided("binary", ["no", "yes"], [[10], [90], [0], [0]]), "only yes"),
        (decided("binary", ["no", "yes"], [[1], [0], [90], [9]]), ""),
        (decided("binary", ["no", "yes"], [[0], [0], [100], [0]]), ""),  # there is no positive
        (decided("binary", ["no", "yes"], [[0], [0], [90], [10]], epochs=2), ""),  # a start
        (decided("multiclass", ["a", "b", "c"], [[0, 5, 0], [0, 9, 0], [8, 0, 10], [6, 0, 4]]), "only b"),
        (decided("multiclass", ["a", "b", "c"], [[1, 5, 0], [0, 8, 0], [8, 1, 10], [5, 0, 4]]), ""),
        (decided("multilabel", ["a", "b"], [[0, 0], [0, 0], [8, 4], [2, 6]]), "no label"),
        (decided("multilabel", ["a", "b"], [[2, 6], [8, 4], [0, 0], [0, 0]]), "every label"),
        (decided("multilabel", ["a", "b"], [[1, 0], [0, 0], [8, 4], [1, 6]]), ""),
    ],
)
def test_one_answer_for_everything_is_told(case: Decided, words: str) -> None:
    """Of every kind; where more than one would be right, and not at the start."""
    assert kind_of(case.output).name == case.output.kind
    assert told({}, [case]) == ([f"validation: {words} is predicted since epoch 10"] if words else [])
