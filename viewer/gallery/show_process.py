"""The process in which a user's `show(sample)` runs, so that whatever it does it stops nothing else.

`python -P -m viewer.gallery.show_process FILE` takes `Asked` on its standard input and answers each with a `Shown`,
both as msgpack behind four bytes of length. What the file prints goes to standard error.
"""

from __future__ import annotations

import inspect
import os
import queue
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import msgspec

from ..formulas.loading import load
from ..formulas.registry import FormulaError
from ..formulas.traces import place
from .shown import Shown, shown_of

LENGTH = struct.Struct(">I")
T = TypeVar("T")


class Asked(msgspec.Struct, kw_only=True, frozen=True):
    """Which sample is to be shown.

    Args:
        sample: its position in the data set.
        split: that it is of, such as "val".
        id: the user's own name of it; its position where they gave none.
    """

    sample: int
    split: str = "val"
    id: int | str = ""


def send(stream: BinaryIO, message: Any) -> None:
    """Writes a message."""
    encoded = msgspec.msgpack.encode(message)
    stream.write(LENGTH.pack(len(encoded)) + encoded)
    stream.flush()


def receive(stream: BinaryIO, kind: type[T]) -> T | None:
    """The next message; None at the end of the stream."""
    head = stream.read(LENGTH.size)
    body = stream.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else b""
    return msgspec.msgpack.decode(body, type=kind) if body else None


def main() -> None:
    """Answers until nobody asks any more."""
    answers, questions = os.fdopen(os.dup(1), "wb"), sys.stdin.buffer
    os.dup2(2, 1)  # what the file prints must not stand between the answers
    waiting: queue.Queue[Asked] = queue.Queue()
    threading.Thread(target=_listen, args=(questions, waiting), daemon=True).start()
    path = Path(sys.argv[1])
    show = _shower(path)
    while True:
        send(answers, show(waiting.get()))


def _listen(questions: BinaryIO, waiting: queue.Queue[Asked]) -> None:
    """Takes questions in; ends the process when they end, whatever it does at the moment."""
    while (asked := receive(questions, Asked)) is not None:
        waiting.put(asked)
    os._exit(0)


def _shower(path: Path) -> Callable[[Asked], Shown]:
    """What answers: by the file's `show`, or, where there is none, with the reason."""
    try:
        show = getattr(load(path, what="--samples"), "show", None)
    except FormulaError as error:
        return _always(str(error))
    if not callable(show):
        return _always(f"the file of --samples must have a function show(sample). Received: {path.name} without one")
    return lambda asked: answer(show, asked, path)


def _always(fault: str) -> Callable[[Asked], Shown]:
    return lambda asked: Shown(fault=fault)


def answer(show: Callable[..., Any], asked: Asked, path: Path) -> Shown:
    """What a user's function shows of a sample, or what went wrong in it."""
    try:
        return shown_of(show(asked.sample, **_wanted(show, asked)))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - somebody else's code
        return Shown(fault=f"{place(error, str(path.absolute()))}: {type(error).__name__}: {error}")


def _wanted(show: Callable[..., Any], asked: Asked) -> dict[str, Any]:
    """The arguments besides the position that its parameters name: `split`, `id`."""
    parameters = list(inspect.signature(show).parameters)[1:]
    return {name: getattr(asked, name) for name in ("split", "id") if name in parameters}


if __name__ == "__main__":
    main()
