"""Addresses of object storage: what is one, how it is written, and what of it is ever shown."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from ..runfile.names import ADDRESS, path_part

_LOCAL = ("file", "local")
_SECRET = re.compile(
    r"SECRET|PASS|TOKEN|CREDENTIAL|ACCESS_KEY|ACCOUNT_KEY|API_KEY|CONNECTION_STRING|SAS", re.IGNORECASE
)
_QUERY = re.compile(r"""(\w+://[^\s?]+)\?[^\s"'<>]+""")
_USER = re.compile(r"(\w+://)[^\s/@]+@")
EXTRAS = {"s3": "s3", "s3a": "s3"}  # by kind of address: the extra that brings all of it
SHORTEST_SECRET = 6


class RemoteError(OSError):
    """Object storage did not do what it was asked; the message holds no credentials."""


def checked_address(path: str | os.PathLike[str]) -> str:
    """An address as it is kept, without a slash at its end; one that was a `Path`, and lost a slash, has it again.

    >>> checked_address("s3:/bucket/runs/")
    's3://bucket/runs'

    Raises:
        ValueError: It names no place, or holds a password or a signature.
    """
    match = ADDRESS.fullmatch(os.fspath(path))
    if match is None:
        raise ValueError(f"an address must be as s3://bucket/runs. Received: {os.fspath(path)!r}")
    kind, rest = match["kind"].lower(), match["path"].rstrip("/")
    url = f"{kind}://{'/' if kind in _LOCAL else ''}{rest}"
    if "?" in rest or re.match(r"[^/]*:[^/]*@", rest):
        rule = "an address must hold no password and no signature: these belong into the environment or a settings file"
        raise ValueError(f"{rule}. Received: {without_secrets(url)}")
    if not rest or {".", ".."} & set(rest.split("/")):
        raise ValueError(f"an address must name a bucket or folder, without . and .. in it. Received: {url}")
    return url


def check_package(url: str) -> None:
    """Raises ValueError for a kind of address that nobody knows, ModuleNotFoundError where its package is missing."""
    kind = url.partition("://")[0]
    extra = EXTRAS.get(kind, "remote")
    try:
        import fsspec
    except ModuleNotFoundError as error:
        raise _missing(url, "fsspec", extra) from error
    try:
        fsspec.get_filesystem_class(kind)
    except ImportError as error:
        if extra != "remote":
            raise _missing(url, error.name or "s3fs", extra) from error
        raise ModuleNotFoundError(f"{url} needs a package that is not installed: {error}", name=error.name) from error
    except ValueError:
        known = ", ".join(f"{one}://" for one in ("s3", "gs", "az", "hf", "memory"))
        raise ValueError(f"an address must be of a kind that fsspec knows, such as {known}. Received: {url}") from None


def without_secrets(text: str) -> str:
    """`text` without passwords and signatures in addresses, and without what the environment holds of credentials."""
    secrets = {value for name, value in os.environ.items() if _SECRET.search(name) and len(value) >= SHORTEST_SECRET}
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "…")
    return _USER.sub(r"\1…@", _QUERY.sub(r"\1?…", text))


def remote_error(what: str, error: BaseException) -> RemoteError:
    """What went wrong, in a sentence that may be shown."""
    reason: Any = error.strerror if isinstance(error, OSError) and error.strerror else error
    return RemoteError(without_secrets(f"{what}: {str(reason) or type(error).__name__}"))


def local_path(root: Path, url: str) -> Path:
    """A folder below `root` for what is at an address, a folder a part of its path; no part leads out of it."""
    return root.joinpath(*(path_part(part) for part in url.partition("://")[2].split("/") if part))


def _missing(url: str, package: str, extra: str) -> ModuleNotFoundError:
    sentence = f"{url} needs {package}, which is not installed: pip install 'epochreel[{extra}]'"
    return ModuleNotFoundError(sentence, name=package)
