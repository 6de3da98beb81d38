"""A run without a name gets two words, and nothing that a training has seeded is touched."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import pytest

from recorder import RunWriter, made_up_names
from recorder.runfile import EpochRecord, Manifest, RunFileWriter, begin_line, read_manifest
from recorder.starting import start_run


def test_a_run_without_a_name_gets_two_words(tmp_path: Path) -> None:
    """Its folder says them, as it would say a name; each run other ones."""
    folders = [start_run(tmp_path).folder for _ in range(10)]
    manifests = [read_manifest(folder) for folder in folders if folder is not None]
    assert len({manifest.name for manifest in manifests}) == 10
    for manifest in manifests:
        assert re.fullmatch(r"[a-z]+-[a-z]+", manifest.name)
        assert re.fullmatch(rf"\d{{8}}-\d{{6}}-{manifest.name}-[0-9a-f]{{4}}", manifest.run_id)
        assert not manifest.named


def test_a_name_that_is_taken_is_not_given_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of four names the fourth run gets the one that is left, the fifth any: it is only a name."""
    monkeypatch.setattr(made_up_names, "_ADJECTIVES", "red blue")
    monkeypatch.setattr(made_up_names, "_NOUNS", "cat dog")
    monkeypatch.setattr(made_up_names, "TRIES", 1_000)
    names = [read_manifest(start_run(tmp_path).folder).name for _ in range(5)]  # type: ignore[arg-type]
    assert sorted(names[:4]) == ["blue-cat", "blue-dog", "red-cat", "red-dog"]


def test_the_random_numbers_of_a_training_stay_what_they_were(tmp_path: Path) -> None:
    """The states of `random` and of NumPy's global generator are the same after a start."""
    before = (
        random.getstate(),
        [part if isinstance(part, str) else np.array(part).tolist() for part in np.random.get_state()],
    )
    start_run(tmp_path)
    after = (
        random.getstate(),
        [part if isinstance(part, str) else np.array(part).tolist() for part in np.random.get_state()],
    )
    assert before == after


def test_without_a_name_the_newest_unnamed_run_goes_on(tmp_path: Path) -> None:
    """Not one that somebody has named, if with the same words; a run of format 1.0 was called `run` then."""
    with pytest.raises(FileNotFoundError, match=r'^resume="must" needs a run without a name to go on with\.'):
        start_run(tmp_path, resume="must")
    old = Manifest(format="1.0", run_id="20200101-000000-run-0000", name="run", created="2020-01-01T00:00:00Z")
    RunFileWriter.create(tmp_path, old, begin_line()).append(EpochRecord(epoch=0))
    start_run(tmp_path, name="run")
    assert start_run(tmp_path, resume="allow").folder == tmp_path / old.run_id
    first = start_run(tmp_path)
    named = start_run(tmp_path, name=read_manifest(first.folder).name)  # type: ignore[arg-type]
    again = start_run(tmp_path, resume="must")
    assert again.folder == first.folder != named.folder
    assert again.attempt == 1
    with RunWriter(tmp_path, resume="allow") as writer:
        assert writer.folder == first.folder
