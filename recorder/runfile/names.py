"""A run's names, made fit for a path or for the eye: a run may come from anywhere, and its names are any text."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from hashlib import sha256

_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # controls, marks that turn the direction, halves of characters
# Windows keeps these names for devices, with any ending.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
MOST_LISTED, LONGEST = 9, 60
# Of object storage, by two letters or more: `C:/` is a folder of Windows.
ADDRESS = re.compile(r"(?P<kind>[A-Za-z][A-Za-z0-9+.-]+):/+(?P<path>.*)", re.DOTALL)
_JOINERS = {"\u200c", "\u200d", "\ufe0f"}  # inside words of some scripts, and of pictures


def slug(name: str) -> str:
    """`name` in ASCII letters, digits, dots, underscores and dashes, 40 at most; "run" where nothing is left.

    Different names may give the same.

    >>> slug("Läufer / 3")
    'Laufer-3'
    """
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._]+", "-", ascii_name).strip("-.")[:40].strip("-.") or "run"


def is_address(path: str | os.PathLike[str]) -> bool:
    """Whether it names object storage (`s3://bucket/runs`), and no folder of this machine.

    >>> is_address("s3://bucket/runs"), is_address("runs"), is_address("C:/runs")
    (True, False, False)
    """
    return ADDRESS.fullmatch(os.fspath(path)) is not None


def check_local(name: str, path: str | os.PathLike[str]) -> None:
    """Raises ValueError where a folder to write to, the argument of that name, is an address."""
    if is_address(path):
        rule = f"{name} must be a folder of this machine; epochreel push sends a run from there to an address"
        raise ValueError(f"{rule}. Received: {os.fspath(path)}")


def path_part(name: str) -> str:
    """`name` as the name of one file or folder, on every system; different names give different parts.

    >>> path_part("val"), path_part("../../x")
    ('val', 'x-9cdf6a50')
    """
    plain = slug(name)
    if _DEVICES.fullmatch(plain):
        plain = f"of-{plain}"
    if plain == name:
        return name
    return f"{plain}-{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def shown(text: str, *, most: int = 200) -> str:
    r"""`text` for a terminal, a title or a page: one line, without what moves the cursor or turns the direction.

    >>> shown("a\x1b[2Jb\nc")
    'a\\x1b[2Jb\\nc'
    """
    clean = text if text.isprintable() else "".join(map(_seen, text))
    return clean if len(clean) <= most else f"{clean[: most - 1]}…"


def is_shown(text: str) -> bool:
    """Whether `shown` leaves it as it is: what is offered to be chosen, or typed, by its very name."""
    return shown(text) == text


def listed(names: Iterable[str]) -> str:
    """Names of a run in a sentence: as a list, of which the first nine are named, each with 60 characters at most.

    >>> listed(["train", "val"]), listed(map(str, range(11)))
    ("['train', 'val']", "['0', '1', '2', '3', '4', '5', '6', '7', '8', … 11 in all]")
    """
    known = list(names)
    quoted = (repr(name[:LONGEST]) for name in known[:MOST_LISTED])
    first = ", ".join(name if len(name) <= LONGEST else f"{name[:LONGEST]}…'" for name in quoted)
    return f"[{first}]" if len(known) <= MOST_LISTED else f"[{first}, … {len(known):,} in all]"


def shown_lines(text: str) -> str:
    """The same of a text of several lines, which stay."""
    if text.isprintable():
        return text
    return "\n".join(shown(line, most=10 * len(text) + 1) for line in text.split("\n"))


def _seen(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    if unicodedata.category(character) in _UNSEEN:
        return character.encode("unicode_escape", "surrogatepass").decode()
    return " "  # of the many spaces, one
