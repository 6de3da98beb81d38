"""A live picture on a real Jupyter kernel: it survives an interrupt, and a cell that is run again has one process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import viewer
from viewer.surfaces import notebook

from .conftest import PATIENCE, record, recorded

manager = pytest.importorskip("jupyter_client.manager")

WATCH = "import os, time, viewer; live = viewer.watch({folder!r}); print('pid', live.pid)"


class Kernel:
    """A kernel, and what it says."""

    def __init__(self) -> None:
        self.manager, self.client = manager.start_new_kernel(kernel_name="python3")
        self.heard: list[Any] = []

    def run(self, code: str) -> list[Any]:
        """Runs a cell to its end; what was said meanwhile."""
        request, before = self.client.execute(code), len(self.heard)
        while not self._is_end(self.hear(), request):
            pass
        return self.heard[before:]

    def hear(self) -> Any:
        """The next message."""
        self.heard.append(self.client.get_iopub_msg(timeout=PATIENCE))
        return self.heard[-1]

    def picture(self) -> None:
        """Waits for a picture that takes the place of the one before."""
        while self.hear()["msg_type"] != "update_display_data":
            pass

    def watch(self, folder: Path) -> int:
        """Runs the cell that watches; the process that draws."""
        said = self.run(WATCH.format(folder=str(folder)))
        (words,) = (each["content"]["text"] for each in said if each["msg_type"] == "stream")
        return int(words.split()[1])

    @staticmethod
    def _is_end(message: Any, request: str) -> bool:
        ours = message["parent_header"].get("msg_id") == request
        return ours and message["content"].get("execution_state") == "idle"


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    """A kernel."""
    started = Kernel()
    yield started
    started.client.stop_channels()
    started.manager.shutdown_kernel(now=True)


@pytest.mark.campaign
def test_an_interrupted_cell_does_not_end_the_picture(tmp_path: Path, kernel: Kernel) -> None:
    """A cell is interrupted as the button does it; the epochs after that still come."""
    writer = recorded(tmp_path, epochs=2, close=False)
    pid = kernel.watch(tmp_path)
    kernel.picture()
    request = kernel.client.execute("print('busy')\nwhile True: time.sleep(0.1)")
    while kernel.hear()["msg_type"] != "stream":
        pass
    kernel.manager.interrupt_kernel()
    while not kernel._is_end(kernel.hear(), request):
        pass
    record(writer, 2)
    kernel.picture()
    os.kill(pid, 0)


def test_a_cell_that_is_run_again_leaves_one_process(tmp_path: Path, kernel: Kernel) -> None:
    """The process of the first time has ended when the cell has run again."""
    recorded(tmp_path, epochs=2)
    first = kernel.watch(tmp_path)
    second = kernel.watch(tmp_path)
    kernel.picture()
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)
    os.kill(second, 0)


def test_the_output_that_is_asked_for_is_drawn(tmp_path: Path, kernel: Kernel) -> None:
    """A picture comes for an output of the run, from a process that was told its name."""
    writer = recorded(tmp_path, epochs=2)
    (output,) = viewer.open_run(writer.folder).outputs
    said = kernel.run(
        f"import viewer; live = viewer.watch({str(tmp_path)!r}, output={output.name!r}); print(live._process.command)"
    )
    kernel.picture()
    assert f"--output={output.name}" in "".join(each["content"].get("text", "") for each in said)


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("", ("runs", [], None, False)),
        ("runs -m f1 --metric 'tn / (tn + fn)'", ("runs", ["f1", "tn / (tn + fn)"], None, False)),
        ("'my runs' --output second -m recall@macro", ("my runs", ["recall@macro"], "second", False)),
        ("--metric=f1 --output=second -i", ("runs", ["f1"], "second", True)),
    ],
)
def test_the_magic_takes_what_the_command_line_takes(
    monkeypatch: pytest.MonkeyPatch, line: str, asked: tuple[str, list[str], str | None, bool]
) -> None:
    """Folder, formulas and output, in any order, quoted or with an equals sign."""
    seen: list[Any] = []
    monkeypatch.setattr(
        notebook,
        "watch",
        lambda folder, metrics, *, output, interactive: seen.append((folder, metrics, output, interactive)),
    )
    notebook.magic(line)
    assert seen == [asked]


@pytest.mark.parametrize("line", ["a b", "--nonsense", "runs -m", "runs --output"])
def test_the_magic_refuses_what_it_does_not_know(line: str) -> None:
    """A sentence that says what it takes, and what came."""
    with pytest.raises(ValueError, match=r"%epochreel takes a folder, formulas and an output.* Received: "):
        notebook.magic(line)
