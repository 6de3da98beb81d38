"""What goes into a manifest, as JSON holds it. The one place that says what may be there."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter, deque
from collections.abc import Mapping, Set
from contextlib import suppress
from enum import Enum
from typing import Any

import msgspec
import numpy as np

from .runfile.codec import finite_or_name
from .runfile.names import listed

DEEPEST = 64  # levels of nesting
LARGEST = 2**20  # bytes of JSON


def plain_config(config: Any) -> dict[str, Any]:
    """The user's `config` as a manifest holds it.

    Mappings, sequences, sets (sorted), dataclasses; strings, numbers, booleans, None; NumPy scalars and arrays, and
    what makes itself one (a tensor); enums (their values), paths, dates. NaN and infinities become the strings that
    logs have for them.

    Raises:
        TypeError: Something in it is none of these; the message has its key.
        ValueError: It takes more than a mebibyte.
    """
    if not isinstance(config, Mapping):
        raise TypeError(f"config must be a mapping that JSON can hold. Received: {type(config).__name__}")
    found = {key: plain(value, f"config[{key!r}]") for key, value in _keys(config, "config").items()}
    size = len(msgspec.json.encode(found))
    if size > LARGEST:
        raise ValueError(f"config must take at most {LARGEST:,} bytes of JSON. Received: {size:,}")
    return found


def plain_names(what: str, names: Any) -> list[str]:
    """Names as a manifest holds them: of strings, or of what classes are numbered by (`LabelEncoder().classes_`).

    Raises:
        ValueError: It is no sequence of these, or one stands twice: nobody could tell which class is meant.
    """
    values = np.asarray(names).tolist() if hasattr(names, "__array__") else names
    try:
        found = plain(values, what)
    except TypeError:
        found = None
    named = isinstance(found, list) and all(isinstance(name, str | int | float) for name in found)
    if not named or isinstance(values, Set):
        raise ValueError(f"{what} must be a sequence of strings. Received: {names!r}")
    texts = [str(name) for name in found or ()]
    twice = [name for name, times in Counter(texts).items() if times > 1]
    if twice:
        raise ValueError(f"{what} must differ from each other. Received twice: {listed(twice)}")
    return texts


def plain_text(what: str, text: Any) -> str:
    """A string as a manifest holds it: of a subclass (`np.str_`, `torch.__version__`) the text alone.

    Raises:
        ValueError: It is no string, or none that UTF-8 can write.
    """
    if isinstance(text, str):
        with suppress(TypeError):
            return str(plain(text, what))
    raise ValueError(f"{what} must be a string. Received: {text!r}")


def plain(value: Any, where: str, depth: int = 0) -> Any:
    """`value` of what JSON holds alone: dicts, lists, strings, numbers, booleans, None.

    Args:
        value: what is to be kept.
        where: what it is called where it cannot be kept: `config['optimizer']['rate']`.
        depth: levels above it.

    Raises:
        TypeError: It cannot be kept.
    """
    if depth > DEEPEST:
        raise TypeError(f"config must be nested at most {DEEPEST} deep. Received: {where}")
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, Mapping):
        return {key: plain(item, f"{where}[{key!r}]", depth + 1) for key, item in _keys(value, where).items()}
    if isinstance(value, Set):
        value = sorted(value, key=lambda item: (type(item).__name__, str(item)))
    if isinstance(value, list | tuple | deque | range):
        return [plain(item, f"{where}[{index}]", depth + 1) for index, item in enumerate(value)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return plain(fields, where, depth)
    return _leaf(value, where, depth)


def _leaf(value: Any, where: str, depth: int) -> Any:
    """What has nothing in it that has a key of its own, or is made of what has."""
    if isinstance(value, str):
        value = str.__str__(value)
    if isinstance(value, np.longdouble):
        value = float(value)
    try:
        if isinstance(value, str):
            value.encode()
        found = msgspec.to_builtins(value, enc_hook=_builtin, str_keys=True)
    except (TypeError, ValueError, NotImplementedError, RuntimeError, RecursionError, msgspec.MsgspecError) as error:
        raise TypeError(
            f"config must be a mapping that JSON can hold. Received: {where} = {value!r} ({error})"
        ) from error
    if isinstance(found, float):
        return finite_or_name(found)
    return plain(found, where, depth) if isinstance(found, dict | list) else found


def _builtin(value: Any) -> Any:
    """What msgspec does not know."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, np.generic | np.ndarray) or hasattr(value, "__array__"):
        array = np.asarray(value)
        if array.dtype.kind in "biufUSMm" or (array.dtype.kind == "O" and isinstance(value, np.ndarray)):
            return array.astype(str).tolist() if array.dtype.kind in "Mm" else array.tolist()
        if array.dtype.kind == "V":  # bfloat16 and its kin, which are NumPy's by another package
            return array.astype(np.float64).tolist()
    raise TypeError(f"{type(value).__name__} is nothing that JSON holds")


def _keys(mapping: Mapping[Any, Any], where: str) -> dict[str, Any]:
    """A mapping by strings; of two keys that would be one string none is dropped without a word."""
    found: dict[str, Any] = {}
    for key, item in mapping.items():
        bare = key.value if isinstance(key, Enum) else key
        if isinstance(bare, bool) or not isinstance(bare, str | int | float | np.number):
            raise TypeError(f"keys of config must be strings. Received: {where}[{key!r}]")
        text = str.__str__(bare) if isinstance(bare, str) else str(bare)
        if text in found:
            raise TypeError(f"keys of config must differ as strings. Received: {where}[{key!r}] twice")
        found[text] = item
    return found
