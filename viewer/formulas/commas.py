"""Lists of formulas in one text: `f1, recall@macro, maximum(fp, fn)`."""

from __future__ import annotations

_OPENING, _CLOSING, _QUOTES = "([", ")]", "'\"`"


def split_at_commas(text: str) -> list[str]:
    """The parts between commas that stand in no brackets and no quotes, without the space around them.

    What is never closed reaches to the end of the text, for the parser to refuse.

        >>> split_at_commas("f1, maximum(fp, (tp + fn)), recall@`a, b`")
        ['f1', 'maximum(fp, (tp + fn))', 'recall@`a, b`']
    """
    parts, depth, quote, start = [], 0, "", 0
    for at, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in _QUOTES:
            quote = sign
        elif sign in _OPENING:
            depth += 1
        elif sign in _CLOSING:
            depth = max(depth - 1, 0)
        elif sign == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [part.strip() for part in (*parts, text[start:])]
