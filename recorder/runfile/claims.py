"""Who writes a run: an attempt is claimed by one process, and the run of a living one is left alone."""

from __future__ import annotations

import os
import socket
from collections.abc import Collection, Iterable
from pathlib import Path

from . import disk
from .codec import decode_line, encode_line, from_iso
from .door import read_line
from .errors import RunBusyError, RunFormatError
from .layout import ATTEMPTS, claim_path, claims, ended
from .processes import process_lives
from .schema import BeginLine, EndLine, Line

CLAIM_BYTES = 2**26
PATIENCE = 900.0  # seconds without a line, after which a process that cannot be asked counts as gone


def claim_next(folder: Path, begin: BeginLine, lines: Iterable[Line]) -> None:
    """Claims the next attempt of a run for `begin`, whose `attempt` is set here.

    Of any number of processes that try at once one succeeds, and the others are told of it. Who adds to points of
    others is in nobody's way, and nobody is in theirs.

    Raises:
        RunBusyError: A living process of this host writes the run.
        RunFormatError: The run is broken.
    """
    (folder / ATTEMPTS).mkdir(exist_ok=True)
    while True:
        begun, held = _attempts(folder, lines)
        for holder in held.values():
            if not (begin.adds or holder.adds or _is_ours(holder)) and writer_lives(holder):
                raise busy(folder, holder)
        begin.attempt = 1 + max(begun, default=0)
        try:
            disk.create(claim_path(folder, begin.attempt), encode_line(begin))
        except FileExistsError:
            continue  # somebody else was quicker: look who
        return


def give_up(folder: Path, attempt: int) -> None:
    """Takes back the claim of an attempt of which there is nothing."""
    disk.remove(claim_path(folder, attempt))


def over(folder: Path, lines: Collection[Line], *, now: float) -> set[int]:
    """The attempts whose writer is gone, for certain or nearly: what these left behind may be tidied up.

    A process on another host cannot be asked. It counts as gone when it was silent for long; never one that adds to
    points of others, as evaluations may take any time. Earlier writers of this process have given way.

    Args:
        folder: the run.
        lines: of the run.
        now: seconds since 1970.
    """
    begun, held = _attempts(folder, lines)
    last = {line.attempt: from_iso(line.time) for line in lines}
    silent = {attempt for attempt, heard in last.items() if not now - heard <= PATIENCE}
    gone = {attempt for attempt, holder in held.items() if _is_gone(holder, silent=attempt in silent)}
    return begun - held.keys() | gone


def _is_gone(holder: BeginLine, *, silent: bool) -> bool:
    lives = writer_lives(holder)
    return lives is False or (not holder.adds and (_is_ours(holder) or (lives is None and silent)))


def busy(folder: Path, holder: BeginLine) -> RunBusyError:
    """The error that names who writes a run."""
    return RunBusyError(
        f"a run must have one writer at a time. Received: {folder.name}, which process {holder.pid} on {holder.host} "
        f"has been writing since {holder.time}"
    )


def _attempts(folder: Path, lines: Iterable[Line]) -> tuple[set[int], dict[int, BeginLine]]:
    """All attempts; and those that have not ended, with who holds them: of one process, the last one that it began.

    Of those that add to others it may hold several.
    """
    begins, over = dict[int, BeginLine | None](), set(ended(folder))
    for line in lines:
        begins.setdefault(line.attempt, None)
        if isinstance(line, BeginLine):
            begins[line.attempt] = line
        elif isinstance(line, EndLine):
            over.add(line.attempt)
    begins |= _claimed(folder)
    holders = [(attempt, holder) for attempt, holder in sorted(begins.items(), key=lambda item: item[0]) if holder]
    last = {(*_process(holder), attempt if holder.adds else -1): attempt for attempt, holder in holders}
    held = {attempt: begins[attempt] for attempt in last.values() if attempt not in over}
    return set(begins), {attempt: holder for attempt, holder in held.items() if holder is not None}


def _process(holder: BeginLine) -> tuple[str, int, str | float | None]:
    return holder.host, holder.pid, holder.process_mark or holder.process_started


def _claimed(folder: Path) -> dict[int, BeginLine | None]:
    return {attempt: _holder(path) for attempt, path in claims(folder).items()}


def _holder(path: Path) -> BeginLine | None:
    """Who claimed an attempt; None where a kill came before that was said."""
    try:
        line = decode_line(read_line(path, most=CLAIM_BYTES))
    except RunFormatError:
        return None
    return line if isinstance(line, BeginLine) else None


def _is_ours(holder: BeginLine) -> bool:
    return holder.host == socket.gethostname() and holder.pid == os.getpid() and writer_lives(holder) is not False


def writer_lives(holder: BeginLine) -> bool | None:
    """Whether the process of an attempt lives; None where it cannot be asked, or may be another of the same number."""
    if holder.host != socket.gethostname():
        return None
    lives = process_lives(holder.pid, holder.process_started, holder.process_mark)
    return None if lives and not (holder.process_started or holder.process_mark) else lives
