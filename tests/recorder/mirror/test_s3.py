"""A run in a real bucket."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

pytest.importorskip("s3fs", reason="needs s3fs")
pytest.importorskip("moto", reason="needs s3fs")

import viewer
from recorder.mirror import place
from recorder.mirror.address import RemoteError
from recorder.mirror.place import Place
from tests.recorder.mirror import s3
from tests.recorder.mirror.storages import record
from viewer.reading import remote, remote_run


def test_a_run_in_a_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is recorded to S3 is read from it, equal to the run here; a bucket that is not there is one sentence."""
    port = s3.free_port()
    for name, value in s3.environment(port, tmp_path).items():
        monkeypatch.setenv(name, value)
    with s3.server(port):
        s3.make_bucket(port)
        folder = record("s3://bucket/runs", 70, samples=2_000)
        run, local = viewer.open_run(f"s3://bucket/runs/{folder.name}"), viewer.open_run(folder)
        assert run.metric("f1@0.3").equals(local.metric("f1@0.3"))
        assert run.samples().equals(local.samples())
        with pytest.raises(RemoteError, match=r"^s3://nothing/runs cannot be listed: .+bucket"):
            viewer.open_runs("s3://nothing/runs")
        monkeypatch.setattr(remote_run, "WORTHWHILE", 0)
        monkeypatch.setenv("EPOCHREEL_CACHE", str(tmp_path / "another"))
        again = viewer.open_run(f"s3://bucket/runs/{folder.name}")
        assert again.samples(epoch=3).equals(local.samples(epoch=3))
        assert remote._known[f"s3://bucket/runs/{folder.name}"].runs[again.folder].in_ranges("samples")
        there = Place("s3://bucket/runs").listed()
        assert len(there) == 2 + len(list(folder.glob("tallies/*"))) + len(list(folder.glob("samples/*")))


@pytest.mark.campaign
def test_a_storage_that_takes_the_call_and_says_nothing_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After five times its silence that is one sentence."""
    monkeypatch.setattr(place, "SILENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for name, value in s3.environment(silent.getsockname()[1], tmp_path).items():
            monkeypatch.setenv(name, value)
        with pytest.raises(RemoteError, match=r"^s3://bucket/runs cannot be listed: Read timeout on endpoint URL"):
            Place("s3://bucket/runs", to_read=True).listed()


@pytest.mark.campaign
def test_what_is_sent_over_a_slow_line_arrives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is silent until it has all of it, which is no reason to give it up."""
    port, data = s3.free_port(), os.urandom(200_000)
    monkeypatch.setattr(place, "SILENCE", 0.2)
    with s3.server(port), s3.Link(port, delay=0.5) as link:
        s3.make_bucket(port)
        for name, value in s3.environment(link.port, tmp_path).items():
            monkeypatch.setenv(name, value)
        Place("s3://bucket/runs").put("much", data)
        link.delay = 0.0
        assert Place("s3://bucket/runs").get("much") == data


def test_what_the_user_says_of_waiting_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """fsspec's own settings, and the variable of AWS, go before the bounds; other kinds have none."""
    monkeypatch.delenv("AWS_MAX_ATTEMPTS", raising=False)
    assert place._bounds("s3", {})["config_kwargs"].keys() == {"connect_timeout", "read_timeout", "retries"}
    assert place._bounds("s3", {"s3": {"config_kwargs": {"read_timeout": 300}}}) == {}
    assert place._bounds("gs", {}) == {}
    monkeypatch.setitem(os.environ, "AWS_MAX_ATTEMPTS", "7")
    assert "retries" not in place._bounds("s3", {})["config_kwargs"]
