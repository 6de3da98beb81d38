"""Which `epochreel.toml` a user has trusted, by its content and that of the Python files that it names.

A folder may come from anywhere, so what its file can have run or opened counts only once its user has said so. The
digests are kept in the user's own configuration folder: nothing in a folder can say of itself that it is trusted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from .needs import told

NEED_TRUST = ("formulas", "samples", "address", "certificate", "key")  # settings that run code, or let others in
STORE = "trusted.json"


def user_folder() -> Path:
    """The user's own configuration folder of this program, as the platform has it; it need not exist."""
    with told():
        import platformdirs

    return platformdirs.user_config_path("epochreel", appauthor=False)


def is_trusted(path: Path, content: bytes, code: Sequence[str]) -> bool:
    """Whether the user has trusted this file as it is, with these Python files as they are.

    Args:
        path: of the settings file.
        content: of it.
        code: paths of the Python files that it names.
    """
    return _known().get(_key(path)) == _digest(content, code)


def trust(path: Path, content: bytes, code: Sequence[str]) -> None:
    """Trusts a settings file until it, or a Python file that it names, changes.

    Raises:
        OSError: The user's configuration folder cannot be written.
    """
    known = _known() | {_key(path): _digest(content, code)}
    store = user_folder() / STORE
    store.parent.mkdir(parents=True, exist_ok=True)
    temporary = store.with_name(f".{STORE}.part")
    temporary.write_text(json.dumps(known, indent=1), encoding="utf-8")
    temporary.replace(store)


def _known() -> dict[str, str]:
    """Digests by path; of a store that cannot be read nothing is trusted."""
    try:
        known = json.loads((user_folder() / STORE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _key(path: Path) -> str:
    return str(path.resolve())


def _digest(content: bytes, code: Sequence[str]) -> str:
    """SHA-256 of the digests of all the files, so that no text can move from one to the next."""
    parts = [content, *(part for name in code for part in (str(name).encode(), _bytes_of(Path(name))))]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _bytes_of(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""
