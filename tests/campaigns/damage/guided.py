"""Files of a run whose bytes are changed by what reaches new code: libFuzzer leads, through Atheris.

`python -m tests.campaigns.damage.guided --at EMPTY_FOLDER --runs 1000`; what fails is left in the folder as
`crash-...`, and `--again FILE` reads it once more. The first byte of an input says as what it is read.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import atheris

from ... import memory

with atheris.instrument_imports(include=["recorder", "viewer"]):
    from .corpus import make
    from .files import KINDS, kind_of, read_as

MOST = 2**15  # bytes of an input
ROOM = 2**31  # bytes of memory beside what is loaded at the start


def main() -> None:
    """Ends the process, with another code than 0 where an input was neither read nor refused."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--at", type=Path, required=True, help="an empty folder")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--again", type=Path, help="one input, in place of new ones")
    asked = parser.parse_args()
    folder = asked.at / "one"
    folder.mkdir(parents=True)
    outcomes = {"read": 0, "refused": 0}

    def one(data: bytes) -> None:
        if data:
            outcomes[read_as(KINDS[data[0] % len(KINDS)], folder, data[1:])] += 1
            if sum(outcomes.values()) % 100 == 0:
                (asked.at / "outcomes").write_text(f"{outcomes['read']} {outcomes['refused']}")

    if asked.again:
        one(asked.again.read_bytes())
        return
    seeds = _seeds(asked.at)
    # Its own bound is of the peak, which a process takes over from the one that has started it.
    flags = [f"-runs={asked.runs}", "-seed=1", f"-max_len={MOST}", "-timeout=60", "-rss_limit_mb=0", "-verbosity=0"]
    memory.bound(ROOM)
    atheris.Setup([sys.argv[0], *flags, f"-artifact_prefix={asked.at}/", str(seeds)], one)
    atheris.Fuzz()


def _seeds(at: Path) -> Path:
    """A folder of inputs: every file of the corpus that is not too large."""
    make(at)
    seeds = at / "seeds"
    seeds.mkdir()
    for number, path in enumerate(sorted(at.glob("corpus/*/**/*"))):
        if path.is_file() and kind_of(path) and path.stat().st_size < MOST:
            (seeds / f"{number}").write_bytes(bytes([KINDS.index(kind_of(path))]) + path.read_bytes())
    return seeds


if __name__ == "__main__":
    main()
