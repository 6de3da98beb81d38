"""Long runs and many runs: what a writer and those who watch it hold, cost and leave on disk, from first to last."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from recorder import RunWriter
from recorder.runfile import EpochLine, read_lines
from viewer.doctor import verify

from ..conftest import Effort
from ..viewer.surfaces.text.terminals import Terminal
from ..viewer.surfaces.web.conftest import Server
from ..viewer.surfaces.web.raw import Page
from .conftest import Figures

MB = 1e6
PARTS = 10  # into which a run is cut for its figures
# Stated bounds. Of an epoch a viewer holds its line, logs and counts. (Asked for other thresholds than the recorded one
# it holds the counts at all of them too: 134 MB at most, of a binary output and two splits of up to 65,535 samples.)
WRITER_GROWS, VIEWER_GROWS, VIEWER_OF_AN_EPOCH = 64 * MB, 100 * MB, 2_000  # what is loaded late is among it
FILES, SLOWER, TURNS = 700, 1.8, 200

WRITE = """
import json, sys, time
import numpy as np
from dataclasses import replace
from recorder import counting, outputs
from recorder.runfile import EpochRecord
from recorder.starting import start_run

root, epochs, parts = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(0)
truth, scores = (rng.random(64) > 0.5).astype(np.float32), [rng.random((64, 1), dtype=np.float32) for _ in range(8)]
output = outputs.output_for(scores[0], y_true=truth)
records = [
    EpochRecord(
        epoch=0,
        logs={"loss": float(score[0, 0]), "val_loss": float(score[1, 0])},
        tallies=tuple(counting.tally_arrays(truth, score, output=output, split=split) for split in ("train", "val")),
        samples=(counting.samples_of(truth, score, output=output, split="val", max_samples=16),),
    )
    for score in scores
]
def started(name):
    run = start_run(root, name=name, epochs=epochs)
    run.describe([output])
    return run

def cost_of(run, epoch):
    before = time.thread_time()
    run.append(replace(records[epoch % 8], epoch=epoch, time=time.time()))
    return time.thread_time() - before

run, began = started("soak"), time.monotonic()
for epoch in range(epochs):
    cost_of(run, epoch)
    if (epoch + 1) % (epochs // parts) == 0:
        memory = int(open("/proc/self/statm").read().split()[1]) * 4096
        files = sum(path.is_file() for path in run.folder.rglob("*"))
        print(json.dumps({"epochs": epoch + 1, "memory": memory, "files": files}), flush=True)
        sys.stdin.readline()
young = started("young")  # in turns with it, as a machine has other things to do
pairs = [(cost_of(run, epochs + turn), cost_of(young, turn)) for turn in range(int(sys.argv[4]))]
old, new = np.median(pairs, axis=0).tolist()
print(json.dumps({"old": old, "young": new}), flush=True)
sys.stdin.readline()
run.close()
young.close()
"""


@contextmanager
def writing(root: Path, epochs: int) -> Iterator[subprocess.Popen[str]]:
    """A process that records so many epochs; it says what they cost after each part, and goes on when it is told to."""
    command = [sys.executable, "-c", WRITE, str(root), str(epochs), str(PARTS), str(TURNS)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
        process.communicate(timeout=60)
    finally:
        process.kill()


def memory_of(process: subprocess.Popen[Any]) -> int:
    """Bytes that a process holds."""
    return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def running(work: Callable[[], None], end: Callable[[], object]) -> Iterator[None]:
    """A thread that has ended when this has, however it ends: what it reads from may be another's file after that."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        end()
        thread.join()


@contextmanager
def in_a_terminal(root: Path) -> Iterator[Terminal]:
    """`watch --text` in a terminal whose screen somebody reads."""
    with Terminal("watch", str(root), "--text", size=(120, 40)) as terminal:
        terminal.until(lambda screen: "soak" in screen)
        ended = threading.Event()

        def read() -> None:
            while not ended.is_set():
                terminal.take(0.2)
                terminal.output = terminal.output[-100_000:]

        with running(read, ended.set):
            yield terminal


@contextmanager
def on_a_page(server: Server, view: str) -> Iterator[dict[str, Any]]:
    """A page that shows what it is sent, until it is closed or the viewer ends; its words."""
    shown: dict[str, Any] = {}

    async def visit() -> None:
        async with Page(server, view=view) as page:
            page.fit()
            with suppress(AssertionError):  # the viewer has ended
                while True:
                    with suppress(TimeoutError):  # nothing new
                        await page.sheet()
                        shown.update(page.words, sheets=page.sheets)

    loop = asyncio.new_event_loop()
    visiting = loop.create_task(visit())

    def visit_it() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(visiting)
        loop.close()

    with running(visit_it, lambda: loop.call_soon_threadsafe(visiting.cancel)):
        yield shown


def grown(measured: list[dict[str, Any]], name: str) -> float:
    """How many bytes more at the end than after the second part, when all that is needed is loaded."""
    return float(measured[-1][name] - measured[1][name])


@pytest.mark.timeout(7200)
def test_a_long_run_with_two_viewers(memory: Path, effort: Effort, figures: Figures) -> None:
    """Memory of the writer is flat, that of viewers grows by a stated number of bytes an epoch; cost and files too.

    In memory: at hundreds of epochs a second ext4, which gives no inode out again for minutes, looks through all that
    were freed meanwhile for each file it makes.
    """
    epochs, measured = effort(500, 100_000) // PARTS * PARTS, list[dict[str, Any]]()
    with writing(memory, epochs) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        server = Server("watch", str(memory), "--web")
        try:
            with in_a_terminal(memory) as terminal, on_a_page(server, "dashboard") as page:
                for line in writer.stdout:  # the last one is of the cost
                    _until(lambda: page.get("sheets", 0) > len(measured))
                    measured.append(json.loads(line) | {"text": memory_of(terminal.process), "web": server.memory})
                    writer.stdin.write("\n")
                    writer.stdin.flush()
                assert terminal.process.poll() is None
                assert server.process.poll() is None
        finally:
            server.stop()
    cost, folder = measured.pop(), min(memory.iterdir())
    later = epochs - measured[1]["epochs"]
    there = [line for line in read_lines(folder) if isinstance(line, EpochLine)]
    figures(
        epochs=epochs, lost=epochs + TURNS - len(there), files_at_most=max(one["files"] for one in measured),
        writer_MB=round(measured[-1]["memory"] / MB), grew=round(grown(measured, "memory") / MB, 1),
        text_MB=round(measured[-1]["text"] / MB), text_grew=round(grown(measured, "text") / MB, 1),
        web_MB=round(measured[-1]["web"] / MB), web_grew=round(grown(measured, "web") / MB, 1),
        ms_an_epoch=round(1e3 * cost["old"], 2), of_a_young_run=round(1e3 * cost["young"], 2),
    )  # fmt: skip
    assert len(there) == epochs + TURNS
    parts = verify(folder)
    assert parts.ok
    assert parts.count("as recorded") == len(parts.checked)
    assert grown(measured, "memory") < WRITER_GROWS
    for viewer in ("text", "web"):
        assert grown(measured, viewer) < VIEWER_GROWS + VIEWER_OF_AN_EPOCH * later, viewer
    assert max(one["files"] for one in measured) < FILES
    assert cost["old"] < SLOWER * cost["young"]


@pytest.mark.timeout(900)
def test_a_thousand_epochs_a_second(tmp_path: Path, effort: Effort, figures: Figures) -> None:
    """For a minute a line each millisecond; a viewer that looks now and then knows them all."""
    import viewer

    epochs = effort(1_000, 60_000)
    run = RunWriter(tmp_path, name="fast", epochs=epochs)
    spent, began, looked, seen = time.thread_time(), time.monotonic(), 0.0, None
    for epoch in range(epochs):
        time.sleep(max(0.0, began + epoch / 1_000 - time.monotonic()))
        run.epoch(epoch, logs={"loss": 1 / (epoch + 1), "val_loss": 0.5})
        if epoch % 1_000 == 999 and run.folder is not None:
            before = time.thread_time()
            seen = seen or viewer.open_run(run.folder)
            seen.refresh()
            assert len(seen.epoch_numbers) == epoch + 1
            looked += time.thread_time() - before
    cost, took = (time.thread_time() - spent - looked) / epochs, time.monotonic() - began
    run.close()
    assert run.folder is not None
    figures(epochs=epochs, a_second=round(epochs / took), ms_of_the_processor_each=round(1e3 * cost, 3))
    assert len(viewer.open_run(run.folder).epoch_numbers) == epochs
    assert cost < 1e-3


@pytest.mark.timeout(3600)
def test_a_growing_folder_of_runs(tmp_path: Path, effort: Effort, figures: Figures) -> None:
    """A page that lists runs is left open while they come: it knows each, and holds a stated number of bytes a run."""
    runs, held = effort(30, 10_000) // PARTS * PARTS, list[int]()
    server = Server("watch", str(tmp_path), "--web")
    try:
        with on_a_page(server, "runs") as page:
            for number in range(runs):
                with RunWriter(tmp_path, name=f"run {number}", epochs=2) as run:
                    for epoch in range(2):
                        run.epoch(epoch, logs={"loss": 1.0 / (epoch + 1)}, val=([0, 1, 1], [0.2, 0.6, 0.4]))
                if (number + 1) % (runs // PARTS) == 0:
                    _until(lambda number=number: str(number + 1) in json.dumps(page))  # type: ignore[misc]
                    held.append(server.memory)
            assert server.process.poll() is None
    finally:
        server.stop()
    each = (held[-1] - held[1]) / (runs - 2 * runs // PARTS)
    figures(runs=runs, web_MB=round(held[-1] / MB), kB_a_run=round(each / 1e3, 1))
    assert held[-1] - held[1] < 60 * MB + 30_000 * runs


def _until(holds: Any) -> None:
    end = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)
