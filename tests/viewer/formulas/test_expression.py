"""Expressions: Python's arithmetic, and nothing else of Python."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.formulas import FormulaError, compile_expression

Ask = Callable[..., Any]
FUNCTIONS = "sqrt log exp abs minimum maximum"
COUNTS = {"tp": np.array([3.0, 0.0, 7.0]), "fp": np.array([1.0, 0.0, 2.0]), "fn": np.array([2.0, 5.0, 0.0])}
numbers = st.one_of(st.integers(0, 9).map(str), st.sampled_from(["0.5", ".25", "1e2", "3."]))
atoms = st.one_of(st.sampled_from(["tp", "fp", "fn", "precision", "f1"]), numbers)


def deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Expressions of expressions, with parentheses or without: what binds tighter is for the parser to know."""
    binary = st.tuples(inner, st.sampled_from(["+", "-", "*", "/", " + ", " - ", " * "]), inner).map("".join)
    base = st.one_of(atoms, inner.map(lambda text: f"({text})"))
    power = st.tuples(base, st.sampled_from(["**2", "** 4", "**-1", "**+3"])).map("".join)
    unary = st.tuples(st.sampled_from(["-", "+", "- "]), inner).map("".join)
    one = st.tuples(st.sampled_from(["sqrt", "log", "exp", "abs"]), inner).map(lambda t: f"{t[0]}({t[1]})")
    two = st.tuples(st.sampled_from(["minimum", "maximum"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})")
    return st.one_of(binary, power, unary, one, two, inner.map(lambda text: f"({text})"))


expressions = st.recursive(atoms, deeper, max_leaves=12)


def python(text: str) -> Any:
    """What Python and NumPy make of it: numbers are float64, formulas their definitions."""
    wrapped = re.sub(r"(?<![\w.])(\d+\.?\d*(?:e\d+)?|\.\d+)", r"number(\1)", text)
    tp, fp, fn = COUNTS["tp"], COUNTS["fp"], COUNTS["fn"]
    names: dict[str, Any] = {name: getattr(np, name) for name in FUNCTIONS.split()}
    names |= COUNTS | {"number": np.float64, "precision": tp / (tp + fp), "f1": 2 * tp / (2 * tp + fp + fn)}
    return eval(wrapped, {"__builtins__": {}}, names)  # the text comes from the strategy above


@settings(max_examples=200)
@given(text=expressions)
def test_arithmetic_is_pythons(text: str) -> None:
    """Values, precedence and associativity of any expression are those of Python's own parser and NumPy."""
    formula = compile_expression(text)
    assert set(formula.needs) <= set(COUNTS)
    with np.errstate(all="ignore"):
        found = formula.function(**{need: COUNTS[need] for need in formula.needs})
        np.testing.assert_allclose(found, python(text), rtol=1e-10)


@given(text=st.text(max_size=40))
def test_any_text_is_a_formula_or_one_clear_error(text: str) -> None:
    """Whatever a user types, nothing but FormulaError comes of it."""
    try:
        known = compile_expression(text)
    except FormulaError:
        return
    assert known.name == text


SYNTAX = (
    "tp fp f1 fbeta sqrt minimum ( ) [ ] { } . , : = == < ** * / // % @ - + ~ 1 2. 1e999 'a' ` if else for in lambda "
    "not and or None True __class__ import os beta beta= *x **x := ... 1j await yield f'' # \\"
)


@given(tokens=st.lists(st.sampled_from(SYNTAX.split()), max_size=9))
def test_any_syntax_of_python_is_arithmetic_or_refused(tokens: list[str]) -> None:
    """What is let through takes counts and logs and gives numbers."""
    try:
        formula = compile_expression(" ".join(tokens))
    except FormulaError:
        return
    with np.errstate(all="ignore"):
        found = formula.function(**{need: np.ones(3) for need in formula.needs})
    assert np.asarray(found).dtype == np.float64


NOT_ARITHMETIC = {
    "Attribute": ["tp.real", "tp.__class__", "(1).real", "f1.function"],
    "Subscript": ["tp[0]", "tp[()]"],
    "Lambda": ["lambda: tp", "lambda x: x"],
    "IfExp": ["tp if fp else fn"],
    "Compare": ["tp > fp", "tp == 1"],
    "BoolOp": ["tp and fp"],
    "ListComp": ["[x for x in tp]"],
    "GeneratorExp": ["(x for x in tp)"],
    "List": ["[1, 2]"],
    "Tuple": ["(1, 2)", "tp,"],
    "Dict": ["{}"],
    "JoinedStr": ["f'{tp}'"],
    "NamedExpr": ["(x := 1)"],
    "Constant": ["'tp'", "b'1'", "None", "True", "...", "1j", "1e999", "9" * 400],
    "UnaryOp": ["~tp", "not tp"],
    "BinOp": ["tp // fp", "tp % fp", "tp @ fp", "tp << 2", "tp | fp", "tp ^ fp"],
    "Call": ["tp.sum()", "(lambda: 1)()", "f1()()"],
}


@pytest.mark.parametrize(("what", "text"), [(what, text) for what, texts in NOT_ARITHMETIC.items() for text in texts])
def test_what_is_no_arithmetic_is_refused(what: str, text: str) -> None:
    """Each other node of Python's syntax is named in the error, with its place."""
    with pytest.raises(FormulaError) as error:
        compile_expression(text)
    column = str(error.value).split("at column ")[1].split(" ")[0]
    assert str(error.value) == (
        f"an expression may hold numbers, + - * / **, names and {', '.join(FUNCTIONS.split())}. "
        f"Received: {what} at column {column} of {text!r}"
    )


@pytest.mark.parametrize("text", ["import os", "tp = 1", "tp; fp", "del tp", "tp fp", "(tp", "", "return 1", "tp\x00"])
def test_what_is_no_expression_is_refused(text: str) -> None:
    """Statements, halves and nothing."""
    with pytest.raises(FormulaError, match=r"^an expression must be arithmetic on names\. Received: "):
        compile_expression(text)


@pytest.mark.parametrize("exponent", ["65", "1e9", "-65", "tp", "(1 + 1)", "10 ** 10", "2 ** 3", "9" * 300])
def test_exponents_are_small_numbers(exponent: str) -> None:
    """No power that takes for ever or overflows without end."""
    text = f"tp ** {exponent}"
    with pytest.raises(FormulaError) as error:
        compile_expression(text)
    assert str(error.value) == f"an exponent must be a number up to 64. Received: {text!r}"


def test_what_is_too_deep_is_refused() -> None:
    """Nesting has an end, and what the parser itself cannot nest is refused as well."""
    assert compile_expression("-" * 40 + "tp").needs == ("tp",)
    text = "-" * 41 + "tp"
    with pytest.raises(FormulaError) as error:
        compile_expression(text)
    assert str(error.value) == f"an expression must be nested at most 40 deep. Received: {text!r}"
    for sign in ("(", "-", "abs("):
        with pytest.raises(FormulaError):
            compile_expression(sign * (990 // len(sign)) + "tp")


def test_what_is_too_long_is_refused() -> None:
    """A thousand characters, and not one more."""
    assert compile_expression("tp" + " " * 998).needs == ("tp",)
    with pytest.raises(FormulaError) as error:
        compile_expression("tp" + " " * 999)
    assert str(error.value) == "an expression must have at most 1000 characters. Received: 1001"


@pytest.mark.parametrize("text", ["eval(1)", "open(1)", "__import__(1)", "tp(1)"])
def test_calls_of_unknown_names_are_refused(text: str) -> None:
    """Only formulas and the six functions can be called."""
    name = text.split("(")[0]
    with pytest.raises(FormulaError) as error:
        compile_expression(text)
    assert str(error.value).startswith("a name must be a formula, a count or a log (")
    assert str(error.value).endswith(f"Received: {name!r}")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("sqrt(tp, fp)", "sqrt must have 1 argument"),
        ("sqrt(x=tp)", "sqrt must have 1 argument"),
        ("minimum(tp)", "minimum must have 2 arguments"),
        ("fbeta(2)", "fbeta must be given its constants by name"),
        ("fbeta(gamma=2)", "fbeta must be given numbers for ['beta']"),
        ("fbeta(beta=tp)", "fbeta must be given numbers for ['beta']"),
        ("fbeta(beta=True)", "fbeta must be given numbers for ['beta']"),
        ("fbeta(**tp)", "fbeta must be given numbers for ['beta']"),
        ("f1(beta=1)", "f1 must be given numbers for []"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(text: str, rule: str) -> None:
    """The rule, then what came."""
    with pytest.raises(FormulaError) as error:
        compile_expression(text)
    assert str(error.value) == f"{rule}. Received: {text!r}"


def test_constants_of_a_formula_take_a_sign(ask: Ask) -> None:
    """A cost may be negative."""
    counts = np.reshape([6, 2, 3, 1], (4, 1, 1))
    for beta in ("2", "-2", "+2.0"):
        np.testing.assert_equal(ask(f"fbeta(beta={beta})", counts=counts), ask("f2", counts=counts))


def test_names_are_logs_in_backticks_whatever_they_hold(ask: Ask) -> None:
    """A log with a slash, an @, a space, or the name of a formula is reached; else the formula is meant."""
    logs = {"dense/acc": [0.5], "a@0.3": [2.0], "my log": [4.0], "accuracy": [0.125], "val_loss": [8.0]}
    assert ask("`dense/acc` * `a@0.3` + `my log`", logs=logs).tolist() == [5.0]
    assert ask("`accuracy` + val_loss", logs=logs).tolist() == [8.125]
    counts = np.reshape([1, 1, 1, 1], (4, 1, 1))
    assert ask("accuracy + `accuracy`", logs=logs, counts=counts).tolist() == [0.625]


@pytest.mark.parametrize(
    ("wrong", "nearest"), [("precison", "precision"), ("recal", "recall"), ("val_los", "val_loss"), ("kapa", "kappa")]
)
def test_an_unknown_name_is_answered_with_the_nearest(ask: Ask, wrong: str, nearest: str) -> None:
    """The nearest known one stands first, among formulas and logs; then where all formulas are."""
    with pytest.raises(FormulaError) as error:
        ask(f"1 - {wrong}", logs={"loss": [1.0], "val_loss": [1.0]})
    message = str(error.value)
    assert message.startswith(f"a name must be a formula, a count or a log (nearest: {nearest}")
    assert message.endswith(f"Received: {wrong!r}")
    assert "logs: loss, val_loss; all formulas: epochreel formulas)" in message
    assert len(message) < 200


ODD = r"""
from viewer.formulas import FormulaError, compile_expression
for text in ("1if tp else 2", "0x1for", r"'\d' + tp", "tp is 1", "1_0and tp"):
    try:
        compile_expression(text)
    except FormulaError as error:
        assert str(error).startswith("an expression m"), error
    else:
        raise AssertionError(text)
"""


@pytest.mark.parametrize("shown", ["default", "error"])
def test_an_odd_expression_is_one_error_and_no_warning(shown: str) -> None:
    """What Python's own parser warns programmers of does not reach whoever types a formula."""
    done = subprocess.run([sys.executable, "-W", shown, "-c", ODD], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
