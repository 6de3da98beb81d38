"""What all tests share.

All below `tests/campaigns` is long, or tries again in another way what a test says, and is left to `make campaigns`. A
test elsewhere that takes `effort` runs twice, unless it is marked `campaign`: short in `make test`, and as long as it
is asked to in `make campaigns EFFORT=1` (1 is the whole: 1,000 kills, 1,000,000 inputs). `.ci/run` takes a share of it.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# A shared machine may take its time: how long an example takes is no property of ours.
settings.register_profile("epochreel", deadline=None)
settings.load_profile("epochreel")

Effort = Callable[[int, int], int]
CAMPAIGNS = Path(__file__).with_name("campaigns")
SHORT = 300  # seconds a test may hang, as `timeout` in pyproject.toml
APT, PIP = "sudo apt install", ".venv/bin/pip install"
# What a reason for skipping a test may name, and what brings it.
BRINGS = {
    "Xvfb": (APT, "xvfb"),
    "xdotool": (APT, "xdotool"),
    "Chromium": (APT, "chromium"),
    "strace": (APT, "strace"),
    "Valgrind": (APT, "valgrind"),
    "rsync": (APT, "rsync"),
    "FUSE": (APT, "fuse3"),
    "playwright": (PIP, "playwright"),
    "torch": (PIP, "torch"),
    "jax": (PIP, "jax"),
    "transformers": (PIP, "transformers accelerate"),
    "lightning": (PIP, "pytorch-lightning"),
    "lightgbm": (PIP, "lightgbm"),
    "xgboost": (PIP, "xgboost-cpu"),
    "catboost": (PIP, "catboost"),
    "flax": (PIP, "flax"),
    "optuna": (PIP, "optuna"),
    "keras_tuner": (PIP, "keras-tuner"),
    "mlflow": (PIP, "mlflow-skinny"),
    "wandb": (PIP, "wandb"),
    "trackio": (PIP, "trackio"),
    "distributed": (PIP, "distributed"),
    "s3fs": (PIP, "s3fs 'moto[server]'"),
    "fsspec": (PIP, "fsspec"),
    "atheris": (PIP, "atheris"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much of the campaigns is run: 0 for the short version, 1 for the whole."""
    parser.addoption("--effort", type=float, default=0.0, help="share of the long campaigns to run; 0: the short ones")


def later(*cases: Any) -> list[Any]:
    """Values of a test's one parameter that are left to the campaigns, as another case of it runs in `make test`."""
    return [pytest.param(case, marks=pytest.mark.campaign) for case in cases]


def thinned(cases: Iterable[Any], every: int) -> list[Any]:
    """The first of so many cases of a test's one parameter and each so-many-th from it; the others are for later."""
    return [case if at % every == 0 else later(case)[0] for at, case in enumerate(cases)]


def later_rows(*rows: tuple[Any, ...]) -> list[Any]:
    """The same for several parameters, a tuple of them a case."""
    return [pytest.param(*row, marks=pytest.mark.campaign) for row in rows]


@pytest.fixture
def effort(request: pytest.FixtureRequest) -> Effort:
    """`effort(short, whole)`: how many times to do it; `short` in `make test`, else that share of `whole`."""
    share = float(request.config.getoption("--effort"))
    return lambda short, whole: max(short, round(share * whole))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks what has a short and a long version, so that `make campaigns` finds it; bounds how long each may hang."""
    effort = float(config.getoption("--effort"))
    for item in items:
        if "effort" in getattr(item, "fixturenames", ()):
            item.add_marker("scaled")
            limit = item.get_closest_marker("timeout")
            if limit and not item.get_closest_marker("campaign"):  # of the whole: a share of it, as of what it does
                item.add_marker(pytest.mark.timeout(min(limit.args[0], SHORT + effort * limit.args[0])), append=False)
        if CAMPAIGNS in item.path.parents:
            item.add_marker("campaign")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Says at once which test failed and how: where a run is ended before its end, that is all that anybody learns."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        crash = getattr(report.longrepr, "reprcrash", None)
        how = (crash.message if crash else report.longreprtext).strip().split("\n", 1)[0]
        print(f"\n{report.nodeid} failed after {report.duration:.0f} s: {how}", file=sys.stderr, flush=True)


def pytest_collection_finish() -> None:
    """Leaves what was imported out of every later collection of garbage: it stays, and looking through it is slow."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Prints the figures of the campaigns, and which tests were not tried for want of a tool, with what brings it."""
    passed = terminalreporter.stats.get("passed", [])
    figures = sorted(str(value) for report in passed for name, value in report.user_properties if name == "figures")
    for row in figures:
        terminalreporter.write_line(row)
    reasons = [str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", []) if report.longrepr]
    line = not_tried(reasons)
    if line:
        terminalreporter.write_line(line, yellow=True)


def not_tried(reasons: list[str]) -> str:
    """`not tried: 9 tests that need Xvfb, xdotool. To try them: sudo apt install xvfb xdotool`; "" if all were.

    Args:
        reasons: of the skipped tests.
    """
    lacking = [reason for reason in reasons if any(tool in reason for tool in BRINGS)]
    tools = [tool for tool in BRINGS if any(tool in reason for reason in lacking)]
    if not tools:
        return ""
    commands = []
    for command in (APT, PIP):
        brought = [package for way, package in map(BRINGS.__getitem__, tools) if way == command]
        commands += [f"{command} {' '.join(brought)}"] if brought else []
    tests = f"{len(lacking)} test{'s' * (len(lacking) != 1)}"
    return f"not tried: {tests} that need {', '.join(tools)}. To try them: {' && '.join(commands)}"
