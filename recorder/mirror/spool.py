"""The spool: where a run is recorded on this machine that is also to be in object storage."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from ..runfile import LINES, disk
from ..runfile.names import path_part
from .address import check_package, checked_address

NOTE = "mirror.json"  # in a folder of runs: where they go
UP = ".up"  # the folder beside them that says which are there whole
VARIABLE = "EPOCHREEL_SPOOL"
_addresses: dict[Path, str] = {}  # of this process, by folder: the disk may refuse the note


def spool() -> Path:
    """The folder of all spools: the environment variable `EPOCHREEL_SPOOL`, else in the user's own folder of data."""
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given).expanduser().absolute()
    try:
        import platformdirs
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"to record to object storage needs platformdirs, which is not installed: pip install 'epochreel[remote]'; "
            f"or say in {VARIABLE} where to record first",
            name="platformdirs",
        ) from error
    return platformdirs.user_data_path("epochreel", appauthor=False) / "spool"


def spool_if_any() -> Path | None:
    """The same; None where nobody can say."""
    try:
        return spool()
    except ModuleNotFoundError:
        return None


def spool_of(path: str | os.PathLike[str]) -> Path:
    """The folder of this machine in which runs are recorded that go to an address.

    Raises:
        ValueError, ModuleNotFoundError: as `checked_address` and `check_package`.
    """
    url = checked_address(path)
    check_package(url)
    folder = spool() / path_part(url)
    _addresses[folder] = url
    with suppress(OSError):  # a full disk must not stop a training; it is tried again
        note(folder)
    return folder


def address_of(folder: Path) -> str | None:
    """Where the runs of a folder go; None where they stay where they are.

    Of a note elsewhere than in the spool nothing is believed: a folder that came from somebody must not have what is
    recorded there sent to them.
    """
    if folder in _addresses:
        return _addresses[folder]
    # The first is all that most runs pay; it raises nothing, whatever the disk says.
    if not os.path.isfile(folder / NOTE) or folder.parent != spool_if_any():  # noqa: PTH113
        return None
    try:
        found = json.loads((folder / NOTE).read_text(encoding="utf-8"))["url"]
        return checked_address(found)
    except (OSError, ValueError, TypeError, LookupError):
        return None


def note(folder: Path) -> None:
    """Says in a folder of runs where they go. Raises OSError where the disk fails."""
    folder.mkdir(parents=True, exist_ok=True)
    if folder in _addresses and not (folder / NOTE).exists():
        disk.write_whole(folder / NOTE, json.dumps({"url": _addresses[folder]}).encode() + b"\n")


def spools() -> list[Path]:
    """The folders of runs that go somewhere."""
    found = spool()
    return sorted(folder for folder in found.iterdir() if (folder / NOTE).is_file()) if found.is_dir() else []


def mark_up(run: Path) -> None:
    """Remembers that everything of a run is up, as it is now."""
    with suppress(OSError):
        (run.parent / UP).mkdir(exist_ok=True)
        (run.parent / UP / run.name).write_text(_state(run), encoding="utf-8")


def is_up(run: Path) -> bool:
    """Whether everything of a run was up when somebody looked last, and nothing was recorded since."""
    try:
        return (run.parent / UP / run.name).read_text(encoding="utf-8") == _state(run)
    except OSError:
        return False


def _state(run: Path) -> str:
    """Another one for everything that is recorded."""
    added = run / "additions"
    return f"{(run / LINES).stat().st_size} {len(list(added.iterdir())) if added.is_dir() else 0}"
