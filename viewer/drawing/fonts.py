"""Which font has a sign: names come in every script, and matplotlib's own font has the European ones."""

from __future__ import annotations

import logging
import warnings
from functools import lru_cache
from typing import Any

from recorder.runfile.names import shown_lines

LACKING = "□"  # in place of a sign that no font has
# Looked through first; then every other font of the machine.
USUAL = (
    "Noto Sans CJK", "Source Han Sans", "Noto Sans", "PingFang", "Hiragino Sans", "Apple SD Gothic", "Microsoft YaHei",
    "Yu Gothic", "Malgun Gothic", "WenQuanYi", "IPA", "Nanum", "Droid Sans Fallback", "Arial Unicode",
)  # fmt: skip


@lru_cache(maxsize=4096)
def drawable(words: str) -> str:
    """Words as they can be drawn here: printable, and a square in place of each sign that no font has, once warned."""
    words = shown_lines(words)
    if words.isascii():
        return words
    lacking = {sign for sign in words if not sign.isspace() and not _has_own(sign) and fallback(sign) is None}
    if not lacking:
        return words
    _warn()
    return "".join(LACKING if sign in lacking else sign for sign in words)


@lru_cache(maxsize=4096)
def families(words: str) -> tuple[str, ...]:
    """Names of the fonts that words take: matplotlib's own, and those of the signs that it lacks."""
    more = (fallback(sign) for sign in words if not sign.isspace() and not _has_own(sign))
    return ("sans-serif", *dict.fromkeys(name for name in more if name is not None))


@lru_cache(maxsize=4096)
def fallback(sign: str) -> str | None:
    """The name of a font of this machine that has a sign; None where there is none."""
    return next((font.name for font in _others() if _has(font.fname, sign)), None)


@lru_cache(maxsize=1)
def _others() -> list[Any]:
    """Upright fonts of usual weight, the usual ones for other scripts first."""
    from matplotlib.font_manager import fontManager

    # Most have no bold of their own, which is no news to who has a bold title.
    logging.getLogger("matplotlib.font_manager").addFilter(lambda it: "Failed to find font weight" not in str(it.msg))

    def rank(font: Any) -> int:
        return next((at for at, name in enumerate(USUAL) if font.name.startswith(name)), len(USUAL))

    known = [font for font in fontManager.ttflist if font.style == "normal" and "Last Resort" not in font.name]
    return sorted({font.name: font for font in reversed(known)}.values(), key=rank)


@lru_cache(maxsize=4096)
def _has_own(sign: str) -> bool:
    from matplotlib.font_manager import FontProperties, findfont

    return sign.isascii() or _has(findfont(FontProperties(family=["sans-serif"])), sign)


def _has(path: str, sign: str) -> bool:
    try:
        return ord(sign) in _signs(path)
    except (OSError, RuntimeError):  # what the list of fonts names may have gone, or be none
        return False


@lru_cache(maxsize=64)
def _signs(path: str) -> frozenset[int]:
    from matplotlib.font_manager import get_font

    return frozenset(get_font(path).get_charmap())


@lru_cache(maxsize=1)
def _warn() -> None:
    """Says so once."""
    warnings.warn(
        "no font on this machine has all signs of the names here, so squares stand for some; one that has those of "
        "Chinese, Japanese and Korean is Noto Sans CJK (on Debian and Ubuntu: sudo apt install fonts-noto-cjk)",
        stacklevel=2,
    )
