"""Commands, in this process."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from typer.testing import CliRunner, Result

import viewer.cli  # noqa: F401 - every command joins the application
from viewer.cli.app import asked


def invoke(words: Iterable[object], **options: Any) -> Result:
    """What a command prints and how it ends.

    Args:
        words: behind `epochreel`.
        options: of `CliRunner.invoke`.
    """
    given = list(map(str, words))
    return CliRunner().invoke(asked(given), given, **options)
