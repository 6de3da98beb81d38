"""What each command imports: no more than `modules.json` allows, which

    python -m tests.viewer.cli.test_modules

writes anew. Of our own modules there is a number for each room, of others the names of their packages, of both the sum.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

from recorder import RunWriter

BUDGET = Path(__file__).with_name("modules.json")
SLACK = 1.1  # modules in all: other packages grow with their releases
# Of the standard library, what a command pays for in milliseconds; named in the budget where a command does load it.
HEAVY = {
    "asyncio",
    "multiprocessing",
    "sqlite3",
    "xml",
    "email",
    "http",
    "unittest",
    "ssl",
    "pydoc",
    "ctypes",
    "tkinter",
}
COMMANDS: dict[str, tuple[str, ...]] = {
    "--help": ("--help",),
    "list": ("list", "{runs}"),
    "metrics": ("metrics", "{run}", "-m", "f1"),
    "compare": ("compare", "{run}", "{other}"),
    "choose": ("choose", "{run}", "--for", "f1"),
    "samples": ("samples", "{run}"),
    "doctor": ("doctor", "{run}"),
    "verify": ("verify", "{runs}"),
    "config": ("config",),
    "export --to .csv": ("export", "{run}", "--to", "{runs}/out.csv"),
    "export --to .png": ("export", "{run}", "--to", "{runs}/out.png"),
    "replay --text": ("replay", "{run}", "--text"),
    "watch --web": ("watch", "{runs}", "--web"),
}
TELL = """
import atexit, sys
atexit.register(lambda: print("\\nmodules", *sorted(sys.modules), file=sys.stderr))
from viewer.__main__ import main
sys.argv = ["epochreel", *sys.argv[1:]]
main()
"""
Found = dict[str, Any]  # "rooms": modules of each; "packages": names; "all": modules


def imported(words: tuple[str, ...], home: Path) -> list[str]:
    """The modules that a command has loaded when it ends; one that serves is ended once it tells its address."""
    environment = os.environ | {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "MPLBACKEND": "agg"}
    process = subprocess.Popen(
        [sys.executable, "-c", TELL, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, env=environment, cwd=home,
    )  # fmt: skip
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if "http://" in line:
            process.send_signal(signal.SIGINT)
        if line.startswith("modules "):
            assert process.wait() in (0, 130), "".join(said)  # 130: a server that was interrupted
            return line.split()[1:]
    raise AssertionError(f"epochreel {' '.join(words)} did not end as it should:\n{''.join(said)}")


def summed(modules: list[str]) -> Found:
    """What the budget holds of a list of modules."""
    rooms = Counter(
        ".".join(name.split(".")[:2]) for name in modules if name.partition(".")[0] in ("viewer", "recorder")
    )
    tops = {name.partition(".")[0] for name in modules} - {"viewer", "recorder"}
    others = {name for name in tops if name not in sys.stdlib_module_names and not name.startswith("_")}
    return {"rooms": dict(sorted(rooms.items())), "packages": sorted(others | tops & HEAVY), "all": len(modules)}


def grown(found: Found, allowed: Found, modules: list[str]) -> list[str]:
    """Sentences on what is more than is allowed."""
    said = [
        f"a package that was not loaded before: {name}" for name in found["packages"] if name not in allowed["packages"]
    ]
    for room, number in found["rooms"].items():
        most = allowed["rooms"].get(room, 0)
        if number > most:
            names = [name for name in modules if name == room or name.startswith(f"{room}.")]
            said.append(f"{number} modules of {room}, {most} before: {' '.join(names)}")
    if found["all"] > SLACK * allowed["all"]:
        said.append(f"{found['all']} modules in all, {allowed['all']} before")
    return said


def recorded(root: Path) -> dict[str, str]:
    """Two small runs; the words that stand for them in `COMMANDS`."""
    rng, folders = np.random.default_rng(0), []
    truth = rng.random(200) < 0.3
    for name in ("one", "other"):
        with RunWriter(root, name=name) as run:
            for epoch in range(3):
                run.epoch(epoch, logs={"loss": 1.0}, val=(truth, 0.7 * truth + 0.3 * rng.random(200)))
        folders.append(str(run.folder))
    return {"runs": str(root), "run": folders[0], "other": folders[1]}


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The words that stand for runs."""
    return recorded(tmp_path_factory.mktemp("modules") / "runs")


@pytest.mark.campaign
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_imports_no_more_than_before(command: str, places: dict[str, str], tmp_path: Path) -> None:
    """A module that a command does not need costs each of its users the time to load it."""
    modules = imported(tuple(word.format(**places) for word in COMMANDS[command]), tmp_path)
    allowed = json.loads(BUDGET.read_text(encoding="utf-8"))[command]
    more = grown(summed(modules), allowed, modules)
    assert not more, f"epochreel {command} imports more than {BUDGET.name} allows:\n" + "\n".join(more)


def test_the_budget_says_what_has_grown() -> None:
    """A module more in a room, a package more, very many more in all."""
    modules = ["numpy", "viewer", "viewer.cli", "viewer.cli.app"]
    allowed = summed(modules)
    assert allowed == {"rooms": {"viewer": 1, "viewer.cli": 2}, "packages": ["numpy"], "all": 4}
    assert grown(allowed, allowed, modules) == []
    more = [*modules, "pandas", "viewer.cli.other", "_x"]
    assert grown(summed(more), allowed, more) == [
        "a package that was not loaded before: pandas",
        "3 modules of viewer.cli, 2 before: viewer.cli viewer.cli.app viewer.cli.other",
        "7 modules in all, 4 before",
    ]


def main() -> None:
    """Writes the budget of today."""
    with TemporaryDirectory() as place:
        words = recorded(Path(place) / "runs")
        found = {}
        for command, pattern in COMMANDS.items():
            found[command] = summed(imported(tuple(word.format(**words) for word in pattern), Path(place)))
        BUDGET.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
