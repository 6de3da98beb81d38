"""Who may read a run, and the user's own settings: as the umask says, and nobody else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from recorder import RunWriter
from viewer import trust

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no umask")


@pytest.fixture(params=[0o077, 0o027, 0o022], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """One that somebody has."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_what_is_written_is_as_the_umask_says(tmp_path: Path, umask: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file and folder of a run that was resumed and merged, pending ones too, and what `config --trust` keeps."""
    truth = np.array([0, 1, 1])
    for epochs in (range(66), range(66, 68)):
        run = RunWriter(tmp_path / "runs", name="mine", resume="allow", sample_ids=["a", "b", "c"])
        for epoch in epochs:
            run.epoch(epoch, val=(truth, np.array([0.2, 0.7, 0.4])), observed={"w": np.zeros(2)})
        run.close() if epochs.start == 0 else None
    monkeypatch.setattr(trust, "user_folder", lambda: tmp_path / "settings")
    trust.trust(tmp_path / "epochreel.toml", b"", [])
    paths = [path for top in ("runs", "settings") for path in (tmp_path / top, *(tmp_path / top).rglob("*"))]
    assert len(paths) > 15
    for path in paths:
        most = 0o777 if path.is_dir() else 0o666
        assert path.stat().st_mode & 0o777 == most & ~umask, path
