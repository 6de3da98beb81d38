"""The page in a cell: a real Jupyter kernel, the real widget in Chromium, and a bridge where Jupyter's own would be."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest

from ..conftest import PATIENCE, record, recorded
from ..test_notebook import Kernel

pytest.importorskip("anywidget")
EPOCH = "input[aria-label='epoch, as a number']"
# What a front end does for a widget: a model with its state, and the messages from and to the kernel.
MODEL = """async ({ state, esm }) => {
  window.outbox = [];
  const listeners = new Set(), changed = new Set();
  const listening = (name) => (name === "msg:custom" ? listeners : changed);
  const viewOf = (data) => new DataView(Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)).buffer);
  window.deliver = (content, data) => {
    if (content) for (const listener of listeners) listener(content, data === null ? [] : [viewOf(data)]);
    else if (data !== null) state.first = viewOf(data);
    if (!content) for (const listener of changed) listener();
  };
  const model = {
    get: (name) => state[name], send: (content) => window.outbox.push(content),
    on: (name, listener) => listening(name).add(listener), off: (name, listener) => listening(name).delete(listener),
  };
  const widget = await import(URL.createObjectURL(new Blob([esm], { type: "text/javascript" })));
  window.remove = await widget.default.render({ model, el: document.body });
}"""


class Cell:
    """A cell that has shown the widget.

    Args:
        kernel: that ran it.
        page: of the front end.
        folder: that is watched.
    """

    def __init__(self, kernel: Kernel, page: Any, folder: Path) -> None:
        self.kernel, self.page = kernel, page
        words = f"import viewer; live = viewer.watch({str(folder)!r}, interactive=True); print('pid', live.pid)"
        said = kernel.run(words)
        assert [each["content"] for each in said if each["msg_type"] == "error"] == []
        self.shown = [each for each in said if each["msg_type"] == "display_data"]
        opened = [each["content"] for each in said if each["msg_type"] == "comm_open"]
        (content,) = [each for each in opened if "page" in each["data"]["state"]]
        (words,) = (each["content"]["text"] for each in said if each["msg_type"] == "stream")
        self.pid = int(words.split()[1])
        self._comm, state = content["comm_id"], content["data"]["state"]
        page.evaluate(MODEL, {"state": {"page": state["page"], "height": state["height"]}, "esm": state["_esm"]})
        self.frame = page.frames[-1]

    def until(self, condition: str, *, speaks: bool = True) -> None:
        """Hands messages to and fro until something holds in the page; none to the kernel if it does not speak."""
        end = time.monotonic() + PATIENCE
        while not self.frame.evaluate(condition):
            assert time.monotonic() < end, self.frame.evaluate("document.body.innerText")
            if speaks:
                for content in self.page.evaluate("outbox.splice(0)"):
                    self._say({"comm_id": self._comm, "data": {"method": "custom", "content": content}})
            self._hear()

    def _say(self, content: Any) -> None:
        client = self.kernel.client
        client.shell_channel.send(client.session.msg("comm_msg", content))

    def _hear(self) -> None:
        try:
            message = self.kernel.client.get_iopub_msg(timeout=0.05)
        except Empty:
            return
        content = message["content"]
        if message["msg_type"] == "comm_msg" and content["comm_id"] == self._comm:
            data = base64.b64encode(bytes(message["buffers"][0])).decode() if message["buffers"] else None
            self.page.evaluate("([content, data]) => deliver(content, data)", [content["data"].get("content"), data])


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    """A kernel."""
    started = Kernel()
    yield started
    started.client.stop_channels()
    started.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def front(browser: Any) -> Any:
    """A page of a front end."""
    return browser.new_page(viewport={"width": 1000, "height": 700})


def value(epoch: int) -> str:
    """The page shows an epoch."""
    return f"() => document.querySelector(\"{EPOCH}\")?.value === '{epoch}'"


@pytest.mark.campaign
def test_a_cell_has_the_page_and_a_busy_kernel_stops_no_epoch(tmp_path: Path, kernel: Kernel, front: Any) -> None:
    """Its panels are drawn and its controls work; while the kernel trains new epochs come; a stop is said."""
    writer = recorded(tmp_path, epochs=3, close=False)
    busy = "() => document.getElementById('connection').textContent.startsWith('The kernel is busy')"
    complaints: list[str] = []
    front.on("pageerror", lambda error: complaints.append(str(error)))
    cell = Cell(kernel, front, tmp_path)
    assert len(cell.shown) == 1
    drawn = "() => [...document.querySelectorAll('.panel canvas')].filter(c => c.width > 100).length >= 4"
    cell.until(drawn, speaks=False)
    cell.until(value(2), speaks=False)
    cell.until(busy, speaks=False)
    cell.until("() => document.getElementById('connection').hidden")
    cell.until(drawn)
    cell.frame.locator(EPOCH).fill("1")
    cell.frame.locator(EPOCH).press("Enter")
    cell.until(value(1))
    cell.frame.get_by_role("button", name="live").click()
    cell.until(value(2))
    request = kernel.client.execute("import time\nprint('busy')\nwhile True: time.sleep(0.1)")
    while kernel.hear()["msg_type"] != "stream":
        pass
    for epoch in range(3, 6):
        record(writer, epoch)
        cell.until(value(epoch), speaks=False)
    cell.frame.locator("body").press("ArrowLeft")
    cell.until(busy, speaks=False)
    kernel.manager.interrupt_kernel()
    while not kernel._is_end(kernel.hear(), request):
        pass
    cell.frame.locator("body").press("Home")
    cell.until(value(0))
    kernel.client.execute("live.stop()")
    cell.until(
        "() => document.getElementById('connection').textContent.startsWith('The viewer of this cell has ended')"
    )
    kernel.run("pass")  # behind the stop, of which the page may hear before it is over
    with pytest.raises(ProcessLookupError):
        os.kill(cell.pid, 0)
    assert complaints == []
    assert front.evaluate("() => { remove(); return document.querySelector('iframe') === null }")
