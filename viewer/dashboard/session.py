"""What a person does to a picture: turn the knobs, move the cursor, and wait for the next epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from recorder.runfile import Unit, is_run

from ..formulas import FormulaError, parse_spec
from ..frame import Frame, Framer, Knobs
from ..points import parse_point
from ..run import Run
from ..run.checked import check_names
from ..run.patience import Patience
from .clock import Player
from .following import Fixed, Follow
from .formula_files import FormulaFiles

LEVEL = 0.95  # of bands that were off from the start
HAND = 0.03  # seconds that a picture waits for what samples look like; what comes later is in the next one
REST = 0.25  # seconds after which a hand on the threshold counts as resting
SPARED = 0.01  # seconds a picture for bands, while the cursor moves by itself
KEYS = {
    "space": "play or pause",
    "← →": "step (with shift: ten)",
    "home / end": "first epoch / newest, and live again",
    "+ -": "speed",
    "t": "arrows move the threshold",
    "s": "next split",
    "c": "next class",
    "o": "next output",
    "b": "bands on or off",
    "l": "log or linear counts",
    "?": "these keys",
}
OF_FOLDERS = {"r": "all runs"}  # where there is a list of runs: in the window and the page


def keys(unit: Unit, *, of_folders: bool = False) -> dict[str, str]:
    """What keys do, in the words of a run's unit."""
    found = KEYS | {"home / end": f"first {unit} / newest, and live again"}
    return found | OF_FOLDERS if of_folders else found


class Session:
    """One clock and one set of knobs for all panels, whatever surface shows them.

    Args:
        follow: which run is looked at; it has found one already.
        following: start at the newest epoch and stay with it.
        every: while following, take in every n-th new epoch only.
        player: the clock; a new one if None.
        files: the user's formulas and panels; None for none.
    """

    def __init__(
        self,
        follow: Follow | Fixed,
        *,
        following: bool = True,
        every: int = 1,
        player: Player | None = None,
        files: FormulaFiles | None = None,
    ) -> None:
        found = follow.find()
        if found is None:
            raise ValueError(f"a session needs a run to look at. Received: {follow.folder}")
        self.framer: Framer = found
        self.player = player or Player(len(found), following=following)
        self.dirty, self.help, self.by_threshold = True, False, False
        self._follow, self._every = follow, every
        self._first_follow = follow
        self._band = found.knobs.band
        self._level = found.knobs.band or LEVEL
        self._moved = 0.0
        self._state = found.run.status
        self._files, self._seen = files, 0 if files is None else files.version
        self._own: tuple[str, ...] | None = None  # formulas that were asked for here, in place of those of the start
        self._started_with, self._best_by = found.knobs.metrics, found.knobs.best
        self._unknown: list[str] = []
        self._patience = Patience()
        # Where the cursor and the knobs were in the last picture; None where the next one comes of itself.
        self._drawn: tuple[int, Knobs] | None = None
        self.hurried = True  # a hand waits for the next picture; else each is shown when it is whole
        self._shows = 0  # the version of what samples look like
        if found.knobs.show is not None:
            found.knobs.show.patience = HAND
        self.version = 0  # of the panels; another one wants them made anew

    def frame(self) -> Frame:
        """The next picture, for who draws it; bands that take long come with the ones after it.

        Who moves something waits for none of them; what comes of itself has its bands from the start.
        """
        before, self._drawn = self._drawn, (self.player.position, self.framer.knobs)
        by_hand = before not in (None, self._drawn)
        self._patience.begin(self.player.position, SPARED if self.player.playing else 0.0 if by_hand else None)
        self.framer.patience = self._patience if self.hurried else None
        return self.wanted

    @property
    def wanted(self) -> Frame:
        """What is under the cursor, for who asks and draws nothing: it says nothing of which bands are to come."""
        return self.framer.frame(self.player.position)

    @property
    def busy(self) -> bool:
        """Whether the next picture will differ although nothing happens: the cursor moves, or bands are to come."""
        return self.player.playing or self._patience.waiting

    @property
    def faults(self) -> list[str]:
        """What is wrong with the user's files and formulas at the moment."""
        return [*([] if self._files is None else self._files.faults), *self._unknown]

    def look(self) -> bool:
        """Takes in what the disk has: epochs, and a newer run while the newest epoch is followed.

        Returns:
            Whether the run in focus is another one.
        """
        self._reload()
        if self.framer.knobs.show is not None:
            self.framer.knobs.show.refresh()
        found = self._follow.find(stay=not self.player.following)
        if found is not None and found is not self.framer:
            other = found.run is not self.framer.run
            self.framer, self.dirty = found, True
            found.turn(band=self._band)
            if other:
                self.player.restart(len(found))
                return True
        before, state, run_id = self.player.length, self._state, self.framer.run.manifest.run_id
        grown, self._state = self.framer.refresh(), self.framer.run.status
        if run_id != self.framer.run.manifest.run_id:  # the folder was replaced
            self.player.restart(len(self.framer))
            self.dirty, self._drawn = True, None
            return True
        more = len(self.framer) - before
        enough = more < 0 or more >= self._every or self._state != "running"
        if (grown and enough) or state != self._state:
            self.player.grow(len(self.framer))
            self.dirty, self._drawn = True, None
        return False

    @property
    def folder(self) -> Path:
        """Where the runs are that can be shown instead: the folder that is followed, or that of the run."""
        folder = self._first_follow.folder
        return folder.parent if is_run(folder) else folder

    def open(self, path: Path | None) -> None:
        """Shows another run; None for the one of the start: the newest, and those that start after it.

        Raises:
            OSError: It is no run, or cannot be read; RunFormatError: it is broken.
        """
        knobs = self.framer.knobs
        self._follow = self._first_follow if path is None else Fixed([Run(path)], knobs)
        found = self._follow.find()
        assert found is not None  # one of the start is there
        self.framer, self.dirty = found, True
        found.turn(metrics=knobs.metrics, threshold=knobs.threshold, band=self._band, best=knobs.best)
        self.player.restart(len(found))
        self._state = found.run.status

    def ask(self, formulas: Sequence[str]) -> None:
        """Shows these formulas; those of the start where there are none.

        Raises:
            FormulaError: One is malformed, or names what neither we nor the run have; what was shown before stays.
            ValueError: One is of a split that the run does not have.
        """
        specs = tuple(map(parse_spec, formulas))
        self.check(formulas)
        self._own, self._unknown = tuple(formulas) or None, []
        self.turn(metrics=specs or self._first)

    def check(self, formulas: Sequence[str]) -> None:
        """Raises where a formula names what the run in focus has not; of a run without an epoch nothing is known."""
        run = self.framer.run
        for formula in formulas if len(run.epoch_numbers) else ():
            check_names(run, formula, self.framer.knobs.output)

    def judge_by(self, best: str) -> None:
        """Takes another formula or log that names the best epoch; that of the start where it is "".

        Raises:
            FormulaError: It is unknown, or has no good end; what was taken before stays.
        """
        before, by = self.framer.knobs.best, best.strip() or self._best_by
        self.turn(best=by)
        try:
            self.framer.frame().best()
        except ValueError:
            self.turn(best=before)
            if by != self._best_by:
                raise

    @property
    def _first(self) -> Any:
        return self._started_with if self._files is None else self._files.specs

    def _reload(self) -> None:
        if self._files is None:
            return
        self._files.refresh()
        if self._files.version == self._seen:
            return
        self._seen = self._files.version
        self.framer.forget()
        self.version += 1
        try:
            self.ask(self._own or ())
        except FormulaError as error:
            self._unknown, self.dirty = [str(error)], True

    def tick(self, now: float) -> None:
        """Time goes on: playing moves the cursor, and bands come back once the hand rests."""
        self.dirty |= self.player.advance(now) or self._patience.waiting or self._shown_others()
        if self._moved and now - self._moved > REST:
            self._moved, self._drawn = 0.0, None
            self.turn(band=self._band)

    def _shown_others(self) -> bool:
        """Whether samples look otherwise than at the last look, or more of them are known."""
        show = self.framer.knobs.show
        before, self._shows = self._shows, 0 if show is None else show.version
        return self._shows != before

    def turn(self, **knobs: Any) -> None:
        """Sets knobs by name."""
        self.framer.turn(**knobs)
        self.dirty = True

    def set_threshold(self, threshold: float, now: float) -> None:
        """Moves the threshold; the bands wait until the hand rests."""
        self.turn(threshold=min(max(threshold, 0.0), 1.0))
        self.hurry(now)

    def hurry(self, now: float) -> None:
        """Goes without bands until the hand rests: a picture is wanted sooner than they are computed."""
        self._moved = now
        self.turn(band=0.0)

    def seek_epoch(self, epoch: float) -> None:
        """Puts the cursor on the recorded epoch nearest to a number, and releases the latch."""
        numbers = self.framer.run.epoch_numbers
        if len(numbers):
            self.player.seek(int(abs(numbers - epoch).argmin()))
            self.dirty = True

    def seek(self, at: str) -> None:
        """Puts the cursor on the point nearest to one such as `step:1200` or `epoch:3`, and releases the latch."""
        run, asked = self.framer.run, parse_point(at)
        if asked is not None and len(run.epoch_numbers):
            self.player.seek(run.timeline.nearest(asked))
            self.dirty = True

    def pick(self, picked: dict[str, float], now: float) -> None:
        """What a click or drag in a panel sets."""
        if "epoch" in picked:
            self.seek_epoch(picked["epoch"])
        if "threshold" in picked:
            self.set_threshold(picked["threshold"], now)
        if "label" in picked:
            self.turn(label=int(picked["label"]))
        if "sample" in picked:
            self.turn(sample=(int(picked["sample"]), int(picked.get("of_label", 0))))

    def press(self, key: str, now: float) -> bool:
        """What a key does; False if it does nothing here."""
        action = self._actions(now).get(key)
        if action is None:
            return False
        action()
        self.dirty = True
        return True

    def next_split(self) -> None:
        """Shows the next split in distributions and matrices."""
        frame = self.wanted
        splits = frame.splits
        if splits:
            here = frame.split
            self.turn(split=splits[(splits.index(here) + 1) % len(splits)])

    def next_output(self) -> None:
        """Shows the next output of the model; the class that was looked at is one of another output."""
        names = [output.name for output in self.framer.run.outputs]
        here = self.wanted.output_name
        if here is not None and len(names) > 1:
            self.turn(output=names[(names.index(here) + 1) % len(names)], label=None)

    def next_class(self) -> None:
        """Shows the next class one-vs-rest, and after the last one all of them."""
        frame = self.wanted
        if frame.splits and frame.each_scored:
            label = frame.knobs.label
            after = 0 if label is None else label + 1
            self.turn(label=after if after < len(frame.classes) else None)

    @property
    def band(self) -> float:
        """The level of the credible bands, also while they wait for the hand to rest; 0 for none."""
        return self._band

    def set_band(self, level: float) -> None:
        """Credible bands of a level; 0 for none."""
        self._band, self._level = level, level or self._level
        self.turn(band=level)

    def toggle_bands(self) -> None:
        """Credible bands off, or on at the level they had."""
        self.set_band(0.0 if self._band else self._level)

    def toggle_help(self) -> None:
        """Shows or hides the keys."""
        self.help = not self.help

    def toggle_threshold(self) -> None:
        """Arrows move the threshold, or the cursor again."""
        self.by_threshold = not self.by_threshold

    def _step(self, by: int, now: float) -> None:
        if self.by_threshold:
            at = self.wanted.threshold
            self.set_threshold((0.5 if at is None else at) + by / 100, now)
        else:
            self.player.step(by)

    def _actions(self, now: float) -> dict[str, Callable[[], Any]]:
        player = self.player
        return {
            " ": player.toggle,
            "right": lambda: self._step(1, now),
            "left": lambda: self._step(-1, now),
            "shift+right": lambda: self._step(10, now),
            "shift+left": lambda: self._step(-10, now),
            "home": player.home,
            "end": player.end,
            "+": lambda: player.faster(1.5),
            "=": lambda: player.faster(1.5),
            "-": lambda: player.faster(1 / 1.5),
            "t": self.toggle_threshold,
            "s": self.next_split,
            "c": self.next_class,
            "o": self.next_output,
            "b": self.toggle_bands,
            "?": self.toggle_help,
        }
