"""The guard lets no fault through that it names, and says each once."""

from __future__ import annotations

import inspect
import io
import struct
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from recorder import RunWriter
from recorder.guard import Guard, warn


class Unnamed(Exception):  # noqa: N818 - any error of another package
    """No error of Python's."""


def raising(error: BaseException) -> None:
    """Fails."""
    raise error


@pytest.mark.parametrize(
    "error",
    [OSError, KeyError, MemoryError, NameError, SystemError, StopIteration, struct.error, Unnamed],
)
def test_a_fault_of_a_step_is_a_warning(error: type[Exception]) -> None:
    """Files, arrays, memory, models of another making: none of their errors gets out, of whatever class it is."""
    with pytest.warns(
        RuntimeWarning, match=rf"^epochreel: reading failed and is left out: {error.__name__}: '?no'?\. Training"
    ):
        assert not Guard().step("reading", raising, error("no"))


def test_each_thing_warns_once() -> None:
    """The second fault of a step is silent, the first of another is not."""
    guard = Guard()
    with pytest.warns(RuntimeWarning, match="a failed"):
        guard.step("a", raising, ValueError())
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        guard.step("a", raising, OSError())
        guard.users("a", raising, KeyError())
    assert said == []
    with pytest.warns(RuntimeWarning, match="b failed"):
        guard.step("b", raising, ValueError())


def test_what_is_hushed_or_noticed_is_said_no_more() -> None:
    """Nothing of what somebody else has said; a notice once, and an empty one never."""
    guard, asked = Guard(), list[str]()

    def sentence(text: str) -> str:
        asked.append(text)
        return text

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        guard.hush("a")
        guard.step("a", raising, ValueError())
        for text in ("one", "two"):
            guard.notice("b", lambda text=text: sentence(text))  # type: ignore[misc] # a default that binds it
            guard.notice("c", lambda: sentence(""))
    assert [str(one.message) for one in said] == ["epochreel: one"]
    assert asked == ["one", ""]


def test_where_warnings_are_errors_those_of_libraries_are_none() -> None:
    """Neither what a step calls nor a user's function ends by a warning, nor by division; ours are warnings still."""

    def warned() -> float:
        warnings.warn("a library's", DeprecationWarning, stacklevel=1)
        warn("epochreel: ours")
        return float(np.float64(1) / np.float64(0))

    with warnings.catch_warnings(record=True) as said, np.errstate(all="raise"):
        warnings.simplefilter("error")
        assert Guard().step("a", lambda: warnings.warn("a library's", DeprecationWarning, stacklevel=1))
        assert Guard().users("b", warned) == np.inf
    assert [str(one.message) for one in said] == ["epochreel: ours"]


def test_what_is_no_fault_goes_through() -> None:
    """Ctrl-C is not swallowed."""
    with pytest.raises(KeyboardInterrupt):
        Guard().step("a", raising, KeyboardInterrupt())
    with pytest.warns(RuntimeWarning, match="derive failed"):
        assert Guard().users("derive", raising, SyntaxError()) is None
    with pytest.raises(KeyboardInterrupt):
        Guard().users("derive", raising, KeyboardInterrupt())


def test_a_warning_is_about_the_line_that_led_to_it(tmp_path: Path) -> None:
    """Not about a line of the recorder: what is shown below it is the user's code."""
    with RunWriter(tmp_path) as writer, pytest.warns(RuntimeWarning, match="outside") as said:
        writer.epoch(0, val=([0, 1], np.array([-1.0, 2.0])))
    (warning,) = said
    frame = inspect.currentframe()
    assert frame is not None
    assert (warning.filename, warning.lineno) == (__file__, frame.f_lineno - 4)


def test_a_warning_never_gets_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where warnings are errors and standard error is closed, full or missing, nothing is raised."""

    class Full:
        def write(self, text: str) -> None:
            raise OSError(28, "No space left on device")

    closed = io.StringIO()
    closed.close()
    for stream in (Full(), closed, None):
        monkeypatch.setattr(sys, "stderr", stream)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warn("one")
        with warnings.catch_warnings():
            warnings.showwarning = raising  # type: ignore[assignment] # somebody's own, and wrong
            warn("two")
