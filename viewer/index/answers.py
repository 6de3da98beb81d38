"""What runs were asked that the index does not keep, beside it: the same question is answered at once the next time.

    runs/.epochreel-index/answers/1f0c….json    a question: of each run its stamp and the value

A value counts as long as the run's files look as they did (`stamp`). The question names all else that it depends on.
JSON, and not Parquet as the rest: it may lie in a folder that came from somebody, and cannot unfold to more than it is.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import msgspec

from recorder.runfile import RunFormatError, read_regular
from recorder.runfile.disk import remove, write_whole

from ..counts.bounded import Bounded
from .known import KnownRun
from .store import Store, own_folder

FOLDER, MOST = "answers", 32  # questions; of more the oldest goes
BYTES = 2**26  # of one file
FEW, SHARE = 20, 0.05  # new values that are not worth a file
_NAME = re.compile(r"[0-9a-f]{24}\.json")


class Answer(msgspec.Struct, array_like=True, frozen=True):
    """A value of a run.

    Args:
        stamp: of its files, shortened.
        value: a number.
        low: the least that it may be; None of an exact value, as is `high`.
        high: the most.
    """

    stamp: str
    value: float
    low: float | None = None
    high: float | None = None

    @property
    def is_finite(self) -> bool:
        """Whether JSON can say it."""
        return all(number is None or math.isfinite(number) for number in (self.value, self.low, self.high))


_decode = msgspec.json.Decoder(dict[str, Answer]).decode


class Answers:
    """The answers to one question.

    Args:
        folder: of the runs.
        question: all that a value depends on, beside the run.
    """

    def __init__(self, folder: Path, question: str) -> None:
        self._store = Store(folder)
        self._path = self._store.place / FOLDER / f"{_short(question)}.json"
        self._kept = self._read()

    def of(self, runs: Sequence[KnownRun]) -> list[float | None]:
        """The value of each run; None where it is not known, or was that of other files."""
        return [self._of(run) for run in runs]

    def keep(self, values: Mapping[KnownRun, float]) -> None:
        """Keeps values that are new, if they are many; where that cannot be written, nothing happens."""
        if len(values) < max(FEW, SHARE * len(self._kept)):
            return
        new = {run.says("run"): _answer(run, value) for run, value in values.items()}
        kept = {**self._kept, **{run: answer for run, answer in new.items() if answer.is_finite}}
        folder = self._path.parent
        with suppress(OSError, ValueError):
            own_folder(folder.parent)
            folder.mkdir(exist_ok=True)
            own_folder(folder)
            write_whole(self._path, msgspec.json.encode(kept))
            others = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
            for path in sorted(others, key=lambda path: path.lstat().st_mtime_ns)[:-MOST]:
                remove(path)

    def _of(self, run: KnownRun) -> float | None:
        found = self._kept.get(run.says("run"))
        if found is None or found.stamp != _short(run.says("stamp")):
            return None
        if found.low is None or found.high is None:
            return found.value
        return Bounded(found.value, found.low, found.high)

    def _read(self) -> Mapping[str, Answer]:
        """Empty where there are none, or they are broken, or somebody else's."""
        with suppress(OSError, ValueError, RunFormatError, RecursionError):
            self._store.check_owner(self._path)
            state = os.lstat(self._path)
            return _decoded(self._path, (state.st_size, state.st_ctime_ns, state.st_ino))
        return {}


@lru_cache(maxsize=4)
def _decoded(path: Path, _look: tuple[int, ...]) -> Mapping[str, Answer]:
    """A table in a browser asks at every beat."""
    return _decode(read_regular(path, most=BYTES))


def _answer(run: KnownRun, value: float) -> Answer:
    low, high = (value.low, value.high) if isinstance(value, Bounded) else (None, None)
    return Answer(_short(run.says("stamp")), float(value), low, high)


def _short(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:24]
