"""Which runs are looked at, and how often the disk is asked for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from viewer.dashboard import following
from viewer.dashboard.following import Library


@pytest.mark.parametrize(("takes", "looks"), [(0.01, 5), (1.0, 2)])
def test_a_folder_that_takes_long_is_looked_through_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, takes: float, looks: int
) -> None:
    """Among a million files a look takes a second: it is done at most a twentieth of the time; a quick one always."""
    now, found = 100.0, 0

    def clock() -> float:
        return now

    def find(folder: Path) -> list[Path]:
        nonlocal now, found
        now, found = now + takes, found + 1
        return [folder / str(found)]

    monkeypatch.setattr(following, "find_runs", find)
    monkeypatch.setattr(following.time, "monotonic", clock)
    library = Library(tmp_path)
    for pause in (0.0, 5.0, 5.0, 5.0, 10.0):
        now += pause
        paths = library.paths()
    assert found == looks
    assert paths == [tmp_path / str(looks)]
