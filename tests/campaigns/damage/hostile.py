"""Values and texts that somebody who means harm, or a broken disk, puts where a reader expects others."""

from __future__ import annotations

import json
from random import Random
from typing import Any

NUMBERS: list[Any] = [
    None, True, -1, 0, 1, 7, 2**31 - 1, 2**31, -(2**31), 2**53 + 1, 2**63 - 1, 2**63, 2**64, -(2**63), 1e308, -1e308,
    1e17, 5e-324, 0.5, -0.0,
]  # fmt: skip
TEXTS = [
    "", "x", "NaN", "Infinity", "-Infinity", "val", "train", "a/b", "../../x", "\x1b[2J\x1b]0;t\x07", "\x9b31m\u202e",
    "\r\n", "\x00", "$\\frac{", "<script>alert(1)</script>", "[red]", "x" * 10_000, "é" * 300, "a\u0301" * 200,
    "\ud83d\ude00", "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00", "2026-13-01", "2026-01-01T00:00:00", "binary",
    "multiclass", "multilabel", "2.0", "1.99", "99999999999999999999.0", "loss", "tp", "`", "@", "\u2028", "\U000e0001",
]  # fmt: skip
RAW = [
    b"1" * 5_000, b"1e999", b"-", b"tru", b'"\\ud800"', b'"\\x"', b"\xff\xfe", b"[" * 5_000 + b"]" * 5_000,
    b"[" * 300 + b"]" * 300, b'{"a":' * 200 + b"1" + b"}" * 200, b"NaN", b"1" * 400, b"0.1" + b"1" * 2_000,
    b'"' + b"x" * 200_000 + b'"',
]  # fmt: skip
MARK = "\ue000raw"


def value(random: Random) -> Any:
    """Anything that JSON has, or `MARK`, in whose place `encoded` puts what JSON has not."""
    kind = random.randrange(8)
    if kind < 3:
        return random.choice(NUMBERS)
    if kind < 5:
        return random.choice(TEXTS)
    if kind == 5:
        return [random.choice(NUMBERS + TEXTS) for _ in range(random.choice([0, 1, 3, 1_000]))]
    if kind == 6:
        return {random.choice(TEXTS) + str(at): random.choice(NUMBERS) for at in range(random.choice([0, 1, 3, 500]))}
    return MARK


def encoded(found: Any, random: Random, *, indent: int | None = None) -> bytes:
    """JSON, with something that is none in the place of each mark."""
    data = json.dumps(found, indent=indent, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")
    for mark in {json.dumps(MARK).encode(), json.dumps(MARK, ensure_ascii=False).encode()}:
        while mark in data:
            data = data.replace(mark, random.choice(RAW), 1)
    return data


def changed(tree: Any, random: Random) -> Any:
    """A tree of JSON in which something is another value, twice there, gone, or under another name."""
    places = list(_places(tree))
    if not places:
        return value(random)
    holder, key = random.choice(places)
    how = random.randrange(6)
    if how == 0 and isinstance(holder, dict):
        del holder[key]
    elif how == 0:
        holder.pop(key)
    elif how == 1 and isinstance(holder, list):
        holder[key:key] = [holder[key]] * random.choice([1, 1, 2, 1_000])
    elif how == 2 and isinstance(holder, dict):
        holder[random.choice(TEXTS)] = holder.pop(key)
    elif how == 3 and isinstance(holder, list):
        random.shuffle(holder)
    else:
        holder[key] = value(random)
    return tree


def _places(tree: Any) -> Any:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, inner in items:
        yield tree, key
        yield from _places(inner)
