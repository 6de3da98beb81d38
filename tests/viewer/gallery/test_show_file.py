"""A user's `show(sample)` in its own process: what it gives, what it breaks, and when it is asked again."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from viewer.gallery.show_file import ShowFile
from viewer.gallery.show_process import Asked
from viewer.gallery.shower import MOST_DEATHS, Shower
from viewer.gallery.shown import Shown

Open = Callable[[str], ShowFile]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """`opened(code)`: a file with that code."""
    files = []

    def make(code: str) -> ShowFile:
        path = tmp_path / "mine.py"
        path.write_text(code)
        files.append(ShowFile(path))
        return files[-1]

    yield make
    for file in files:
        file.close()


def ask(file: ShowFile, sample: int, **where: object) -> Shown:
    return file.ask(Asked(sample=sample, **where)).result(60)


def test_the_function_gets_the_position_and_what_it_names(opened: Open) -> None:
    """The position always, split and id where its parameters say so; what it prints disturbs nothing."""
    assert ask(opened("def show(sample):\n    print('hello')\n    return str(sample + 1)"), 4).text == "5"
    file = opened("def show(sample, *, id, split='?'):\n    return {'id': id, 'split': split, 'at': sample}")
    assert ask(file, 2, split="probe", id="cat-7.png").rows == [("id", "cat-7.png"), ("split", "probe"), ("at", "2")]


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("def show(sample):\n    return [1][sample]", "mine.py, line 2: IndexError: list index out of range"),
        ("def show(sample):\n    return sample", "mine.py: ValueError: show(sample) must return an image array, "),
        ("def show(sample):\n    raise SystemExit(3)", "mine.py, line 2: SystemExit: 3"),
        ("def show(\n", "mine.py, line 1: SyntaxError: '(' was never closed"),
        ("import nothing_of_that_name", "mine.py, line 1: ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("x = 1", "the file of --samples must have a function show(sample). Received: mine.py without one"),
        ("def show(sample):\n    import os\n    os._exit(0)", "show(7) ended its process"),
    ],
)
def test_a_fault_is_that_cards_and_says_where(opened: Open, code: str, fault: str) -> None:
    """File, line and message; nothing is raised."""
    assert ask(opened(code), 7).fault.startswith(fault)


def test_a_fault_of_one_sample_leaves_the_others(opened: Open) -> None:
    """Also where it ended the process: the next sample gets a new one, and what was shown is remembered."""
    file = opened("import os\ndef show(sample):\n    return os._exit(1) if sample == 1 else str(os.getpid())")
    first = ask(file, 0).text
    assert ask(file, 1).fault == "show(1) ended its process"
    second = ask(file, 2).text
    assert second not in ("", first)
    assert ask(file, 0).text == first  # remembered


def test_a_file_that_ends_every_process_is_given_up_until_it_is_saved(opened: Open) -> None:
    """No endless row of processes; once saved well, it works."""
    file = opened("import os\nos._exit(0)")
    for sample in range(MOST_DEATHS):
        assert ask(file, sample).fault == f"show({sample}) ended its process"
    assert ask(file, 99).fault == "mine.py ended its process 3 times; save it to have it tried again"
    file.path.write_text("def show(sample):\n    return 'whole again'")
    assert file.refresh()
    assert ask(file, 99).text == "whole again"


def test_what_hangs_is_ended(tmp_path: Path) -> None:
    """After its time, with a word on it; the next sample is shown."""
    path = tmp_path / "slow.py"
    path.write_text("import time\ndef show(sample):\n    return time.sleep(3600) if sample else 'quick'")
    shower = Shower(path, longest=0.4)
    assert shower.show(Asked(sample=0)).text == "quick"
    assert shower.show(Asked(sample=1)).fault == "show(1) must be done in 0 seconds. Received: no answer"
    assert shower.show(Asked(sample=0)).text == "quick"
    shower.stop()


def test_a_saved_file_is_asked_again(opened: Open) -> None:
    """The old answers are forgotten, the version is another; nothing changed is nothing new; a file away stays."""
    file = opened("def show(sample):\n    return 'old'")
    assert ask(file, 3).text == "old"
    version = file.version
    assert not file.refresh()
    code = file.path.read_text()
    file.path.unlink()
    assert not file.refresh()
    assert ask(file, 3).text == "old"
    file.path.write_text(code.replace("old", "the new one"))
    assert file.refresh()
    assert file.version > version
    assert ask(file, 3).text == "the new one"


def test_a_file_saved_while_it_hangs_is_asked_at_once(opened: Open, tmp_path: Path) -> None:
    """Who waited gets the answer of the new one."""
    os.mkfifo(tmp_path / "pipe")
    file = opened(f"def show(sample):\n    return open({str(tmp_path / 'pipe')!r}).read()")
    asked = file.ask(Asked(sample=1))
    file.path.write_text("def show(sample):\n    return 'new'")
    assert file.refresh()
    assert asked.result(60).text == "new"


def test_little_patience_waits_for_nobody(opened: Open, tmp_path: Path) -> None:
    """None for what is not known yet; once it is, the version says so and it is there."""
    os.mkfifo(tmp_path / "pipe")
    file = opened(f"def show(sample):\n    return open({str(tmp_path / 'pipe')!r}).read() if sample else 'first'")
    assert [one and one.text for one in file.shown([Asked(sample=0)])] == ["first"]
    file.patience = 0.0
    before = file.version
    assert file.shown([Asked(sample=0), Asked(sample=1)])[1] is None
    future = file.ask(Asked(sample=1))
    (tmp_path / "pipe").write_text("second")
    assert future.result(60).text == "second"
    assert file.version > before
    assert [one and one.text for one in file.shown([Asked(sample=0), Asked(sample=1)])] == ["first", "second"]


def test_memory_is_bounded(tmp_path: Path) -> None:
    """Of many large pictures the latest are remembered."""
    path = tmp_path / "noise.py"
    noise = "np.random.default_rng(sample).integers(0, 256, (64, 64), np.uint8)"
    path.write_text(f"import numpy as np\ndef show(sample):\n    return {noise}")
    file = ShowFile(path, most_bytes=40_000)
    for sample in range(30):
        ask(file, sample)
    assert 1 < len(file._kept) < 12
    assert file._bytes == sum(found.nbytes for found in file._kept.values()) <= 40_000
    assert next(reversed(file._kept)).sample == 29
    file.close()


def test_what_nobody_looks_at_any_more_is_not_shown(opened: Open, tmp_path: Path) -> None:
    """Of thousands asked for at once the newest come first, and the oldest are given up."""
    os.mkfifo(tmp_path / "pipe")
    file = opened(f"def show(sample):\n    return str(sample) if sample else open({str(tmp_path / 'pipe')!r}).read()")
    file.ask(Asked(sample=0))
    futures = [file.ask(Asked(sample=sample)) for sample in range(1, 1_000)]
    assert futures[0].result(60).note == "not asked for any more"
    threading.Thread(target=(tmp_path / "pipe").write_text, args=("x",), daemon=True).start()
    assert futures[-1].result(60).text == "999"


def test_a_missing_file_is_said_at_once(tmp_path: Path) -> None:
    """Before anything is drawn."""
    with pytest.raises(ValueError, match=r"^the file of --samples must exist\. Received: .*none\.py$"):
        ShowFile(tmp_path / "none.py")
