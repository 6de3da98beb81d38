"""The notebook on a real kernel: pictures arrive while the training cell runs, drawn by another process."""

from __future__ import annotations

import base64
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

import viewer

EXAMPLES = Path(__file__).parents[2] / "examples"
MOST_EPOCHS = 100_000
# The training goes on until the page has had two pictures of it, however fast it is and however slow the drawing.
BEFORE = """
import sys
before = sorted(sys.modules)
import pathlib, keras
class UntilSeen(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = pathlib.Path("seen").exists()
fit = keras.Model.fit
keras.Model.fit = lambda *args, callbacks, **options: fit(*args, callbacks=[*callbacks, UntilSeen()], **options)
"""
EVIDENCE = """
import json, os
print(json.dumps({"kernel": os.getpid(), "drawing": live.pid, "before": before, "loaded": sorted(sys.modules)}))
live.stop()
"""
Message = dict[str, Any]


class Listening(NotebookClient):
    """A client that keeps all the kernel says, in its order, as the page in a browser gets it.

    It says so by a file, once two pictures have come since the cell of the training began.
    """

    train: str
    says: Path

    async def async_start_new_kernel_client(self) -> Any:
        client = await super().async_start_new_kernel_client()
        get = client.iopub_channel.get_msg
        self.heard: list[Message] = []

        async def listen(timeout: float | None = None) -> Message:
            self.heard.append(await get(timeout=timeout))
            codes = [said["content"].get("code") for said in self.heard]
            if self.train in codes and len(set(pictures(self.heard[codes.index(self.train) :]))) >= 2:
                self.says.touch()
            return self.heard[-1]

        client.iopub_channel.get_msg = listen
        return client


@dataclass
class Seen:
    """A notebook that was run, and what the page heard of it."""

    notebook: nbformat.NotebookNode
    folder: Path
    heard: list[Message]
    evidence: dict[str, Any]

    def during(self, cell: str) -> list[Message]:
        """What was said between the beginning and the end of a cell."""
        (source,) = (each["source"] for each in self.notebook.cells if each["id"] == cell)
        (begin,) = (at for at, said in enumerate(self.heard) if said["content"].get("code") == source)
        request = self.heard[begin]["parent_header"]["msg_id"]
        idle = (said["content"].get("execution_state") == "idle" and said["parent_header"]["msg_id"] == request
                for said in self.heard)  # fmt: skip
        return self.heard[begin : list(idle).index(True)]


def pictures(heard: list[Message]) -> list[str]:
    """PNGs in Base64 that took the place of the one before."""
    updates = [said["content"]["data"] for said in heard if said["msg_type"] == "update_display_data"]
    return [data["image/png"] for data in updates if "image/png" in data]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """The notebook as it stands, beside `imbalanced.py`; its training ends when pictures of it were seen."""
    folder = tmp_path_factory.mktemp("notebook")
    for name in ("imbalanced.ipynb", "imbalanced.py"):
        shutil.copy(EXAMPLES / name, folder)
    notebook = nbformat.read(folder / "imbalanced.ipynb", as_version=4)
    train = [cell["id"] for cell in notebook.cells].index("train")
    notebook.cells.insert(train, nbformat.v4.new_code_cell(BEFORE))
    notebook.cells.append(nbformat.v4.new_code_cell(EVIDENCE))
    client = Listening(notebook, timeout=240, resources={"metadata": {"path": str(folder)}})
    client.train, client.says = notebook.cells[train + 1]["source"], folder / "seen"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EPOCHS", str(MOST_EPOCHS))
        client.execute()
    evidence = notebook.cells.pop()["outputs"][0]["text"]
    return Seen(notebook, folder, client.heard, json.loads(evidence))


def test_the_notebook_is_valid_and_holds_no_outputs() -> None:
    """What is in the repository is text."""
    notebook = nbformat.read(EXAMPLES / "imbalanced.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in notebook.cells)
    assert (EXAMPLES / "imbalanced.ipynb").stat().st_size < 10_000


@pytest.mark.campaign
def test_pictures_arrive_while_the_training_cell_runs(seen: Seen) -> None:
    """Between its beginning and its end the kernel hands on new pictures."""
    arrived = pictures(seen.during("train"))
    assert len(set(arrived)) >= 2
    assert all(base64.b64decode(picture).startswith(b"\x89PNG") for picture in arrived)


@pytest.mark.campaign
def test_another_process_draws(seen: Seen) -> None:
    """The kernel shows pictures without pyplot, and, once Keras has loaded that itself, without our panels."""
    assert seen.evidence["kernel"] != seen.evidence["drawing"]
    before, after = (set(seen.evidence[when]) for when in ("before", "loaded"))
    assert not {"keras", "matplotlib", "matplotlib.pyplot"} & before
    assert "keras" in after
    assert not {"viewer.drawing", "viewer.frame", "viewer.dashboard"} & after


@pytest.mark.campaign
def test_the_saved_notebook_stays_small(seen: Seen) -> None:
    """One picture in it, however many were shown: under 1 MB."""
    saved = nbformat.from_dict(seen.notebook)
    (watch,) = (cell for cell in saved.cells if cell["id"] == "watch")
    (shown,) = (output for output in watch["outputs"] if output["output_type"] == "display_data")
    shown["data"] = {"image/png": pictures(seen.heard)[-1]}  # as the page does with an update
    nbformat.write(saved, seen.folder / "saved.ipynb")
    assert (seen.folder / "saved.ipynb").stat().st_size < 1_000_000


@pytest.mark.campaign
def test_the_training_is_recorded_and_answers(seen: Seen) -> None:
    """The run is whole, and the last cell shows formulas of it."""
    run = viewer.open_run(seen.folder / "runs")
    assert run.status == "finished"
    assert run.epoch_numbers.tolist() == list(range(len(run.epoch_numbers)))
    (asked,) = (cell for cell in seen.notebook.cells if cell["id"] == "ask")
    assert "precision@0.3" in asked["outputs"][0]["data"]["text/plain"]
