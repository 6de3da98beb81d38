"""A plugin of pytest for environments that lack what some tests need: those are skipped, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parents[1]
OF_TRAINING = ("keras", "tensorflow")  # that `recorder.RunRecorder` needs, as it says


def lacking(error: BaseException | None) -> str:
    """The package that a test lacks; "" where the product wants it and does not say how it comes, which is a fault."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return ""
    frames, at = [], error.__traceback__
    while at is not None:
        frames.append(Path(at.tb_frame.f_code.co_filename))
        at = at.tb_next
    own = [file for file in frames if file.is_relative_to(TESTS.parent) and "site-packages" not in file.parts]
    asked_by_test = bool(own) and own[-1].is_relative_to(TESTS)
    told = "pip install 'epochreel[" in str(error)
    return error.name if asked_by_test or told or error.name.partition(".")[0] in OF_TRAINING else ""


class Module(pytest.Module):
    """A file of tests, skipped where it imports what is not here."""

    def collect(self) -> Any:
        try:
            return super().collect()
        except self.CollectError as error:
            name = lacking(error.__cause__)
            if name:
                pytest.skip(f"without {name}", allow_module_level=True)
            raise


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module:
    """Takes the place of pytest's own."""
    return Module.from_parent(parent, path=module_path)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Skips a test that asks for such a package while it runs."""
    try:
        return (yield)
    except ModuleNotFoundError as error:
        name = lacking(error)
        if name:
            pytest.skip(f"without {name}")
        raise
