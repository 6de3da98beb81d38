"""What formulas (`-m`) and filters (`--where`) share: text becomes a syntax tree, is bounded, and never `eval`ed."""

from __future__ import annotations

import ast
import re
import warnings

from .registry import FormulaError

LONGEST, DEEPEST = 1_000, 40
_PLACE = "<expression>"  # the name of its file, as Python's errors say it
# What Python finds odd in a text (`1if`, an unknown escape) it tells whoever imports modules. By a filter, and not
# around each call, as threads share these.
warnings.filterwarnings("ignore", module=re.escape(_PLACE))


def parse(text: str, names: re.Pattern[str], *, what: str, rule: str) -> tuple[ast.expr, dict[str, str]]:
    """The syntax tree of a text, and what stands behind the names that Python could not have parsed.

    Args:
        text: at most 1,000 characters.
        names: finds what becomes a plain name; of a match the group that is not empty is what it stands for, and a
            group `string` stays as it is.
        what: "an expression", for errors.
        rule: what it must do, for errors.

    Raises:
        FormulaError: It is too long, or no expression.
    """
    check_length(text, what=what)
    meant: dict[str, str] = {}

    def plain(match: re.Match[str]) -> str:
        if match.lastgroup == "string":
            return match[0]
        name = f"_name{len(meant)}"
        meant[name] = match[str(match.lastgroup)]
        return name

    try:
        return ast.parse(names.sub(plain, text).strip(), _PLACE, "eval").body, meant
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise FormulaError(f"{what} must {rule}. Received: {text!r} ({error})") from error


def check_length(text: str, *, what: str) -> None:
    """Raises FormulaError where a text is longer than 1,000 characters, before anything looks for something in it."""
    if len(text) > LONGEST:
        raise FormulaError(f"{what} must have at most {LONGEST} characters. Received: {len(text)}")


def check_depth(depth: int, text: str, *, what: str) -> None:
    """Raises FormulaError where a node lies deeper than 40."""
    if depth > DEEPEST:
        raise FormulaError(f"{what} must be nested at most {DEEPEST} deep. Received: {text!r}")


def number(node: ast.expr) -> int | float | None:
    """The value of a number, with or without a sign; None of anything else."""
    match node:
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=ast.Constant() as operand):
            size = number(operand)
            return -size if size is not None and isinstance(sign, ast.USub) else size
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return value
    return None
