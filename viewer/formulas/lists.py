"""Lists of formulas as somebody types them: `f1, maximum(precision, recall), precision@'cat, big'`."""

from __future__ import annotations

OPENING, CLOSING, QUOTES = "([{", ")]}", "'\"`"


def split_formulas(text: str, separator: str = ",") -> list[str]:
    """The parts between separators, without the space around them; a separator in parentheses or quotes is none.

    Parentheses or quotes that are never closed hold the rest of the text: whoever reads that part says what is wrong
    with it. Empty parts stay, as with `str.split`.

    Args:
        text: formulas, expressions, columns, words of a layout.
        separator: one character that is neither a quote nor a parenthesis.

    >>> split_formulas("f1, maximum(precision, minimum(recall, npv)), `a,b`")
    ['f1', 'maximum(precision, minimum(recall, npv))', '`a,b`']
    """
    parts, start, depth, quote = [], 0, 0, ""
    for at, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in QUOTES:
            quote = sign
        elif sign in OPENING:
            depth += 1
        elif sign in CLOSING:
            depth = max(depth - 1, 0)
        elif sign == separator and not depth:
            parts.append(text[start:at].strip())
            start = at + 1
    return [*parts, text[start:].strip()]
