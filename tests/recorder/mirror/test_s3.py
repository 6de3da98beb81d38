"""A run in a real bucket."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("s3fs", reason="needs s3fs")
pytest.importorskip("moto", reason="needs s3fs")

import viewer
from recorder.mirror.address import RemoteError
from recorder.mirror.place import Place
from tests.recorder.mirror import s3
from tests.recorder.mirror.storages import record


def test_a_run_in_a_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is recorded to S3 is read from it, equal to the run here; a bucket that is not there is one sentence."""
    port = s3.free_port()
    for name, value in s3.environment(port, tmp_path).items():
        monkeypatch.setenv(name, value)
    with s3.server(port):
        s3.make_bucket(port)
        folder = record("s3://bucket/runs", 70)
        run, local = viewer.open_run(f"s3://bucket/runs/{folder.name}"), viewer.open_run(folder)
        assert run.metric("f1@0.3").equals(local.metric("f1@0.3"))
        assert run.samples().equals(local.samples())
        with pytest.raises(RemoteError, match=r"^s3://nothing/runs cannot be listed: .+bucket"):
            viewer.open_runs("s3://nothing/runs")
        there = Place("s3://bucket/runs").listed()
        assert len(there) == 2 + len(list(folder.glob("tallies/*"))) + len(list(folder.glob("samples/*")))
