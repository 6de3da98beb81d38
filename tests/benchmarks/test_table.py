"""The table of rivals: ratios within a round, their spread, and what could not be measured."""

from __future__ import annotations

from tests.benchmarks.measured import Measured
from tests.benchmarks.rivals.table import BARE, markdown, ratios, spread
from tests.benchmarks.rivals.ways import WAYS

FOUND = {
    f"mlp / {BARE} / wall": Measured((0.2, 0.4, 0.1)),
    f"mlp / {BARE} / processor": Measured((0.3, 0.3, 0.3)),
    f"mlp / {BARE} / memory": Measured((5e8, 5e8, 5e8), "byte"),
    "mlp / one / wall": Measured((0.3, 0.4, 0.2)),
    "mlp / one / processor": Measured((0.3, 0.6, 0.3)),
    "mlp / one / memory": Measured((6e8, 6e8, 6e8), "byte"),
    "mlp / one / hooks": Measured((0.004, 0.0021, 0.012)),
}


def test_a_ratio_is_to_the_bare_training_of_the_same_round() -> None:
    """What the machine did in a round falls on both."""
    assert ratios(FOUND, "mlp", "one", "wall") == [0.3 / 0.2, 1.0, 2.0]
    assert ratios(FOUND, "mlp", "other", "wall") == ratios(FOUND, "cnn", "one", "wall") == []


def test_a_spread_is_the_median_between_the_least_and_the_most() -> None:
    """Values that look alike are said once; of none there is a dash."""
    assert spread([3.0, 1.0, 2.0], "{:.1f}".format, "×") == "2.0× (1.0–3.0)"
    assert spread([1.001, 1.002], "{:.1f}".format, " ms") == "1.0 ms"
    assert spread([], "{:.1f}".format) == "–"


def test_a_row_says_why_there_is_nothing_in_it() -> None:
    """The bare training in its own units, one in ratios, and one that is not there."""
    lines = markdown(FOUND, {"mlp / lost": "ImportError: a|b"}, [BARE, "one", "lost"])
    assert lines[3:] == [
        "| bare fit | 200 ms (100–400) | 300 ms | – | 500 MB | – | – | – |",
        "| one | 1.50× (1.00–2.00) | 1.00× (1.00–2.00) | 4.0 (2.1–12) | 1.20× | – | – | – |",
        "| lost | not measured: ImportError: a/b |  |  |  |  |  |  |",
    ]
    assert {line.count("|") for line in lines} == {9}


def test_the_first_way_adds_nothing() -> None:
    """All others are ratios to it."""
    assert next(iter(WAYS)) == BARE
