"""The clock of all panels."""

from __future__ import annotations


class Player:
    """A position among the epochs; following the newest one is a latch that scrubbing releases.

    Args:
        length: epochs so far.
        following: start at the newest epoch and stay with it.
        first: position that playing starts from.
        last: position that playing ends at; the newest if None.
        loop: start again at the end.
        speed: epochs a second.
    """

    def __init__(
        self,
        length: int = 0,
        *,
        following: bool = True,
        first: int = 0,
        last: int | None = None,
        loop: bool = False,
        speed: float = 10.0,
    ) -> None:
        self.length, self.following, self.loop = length, following, loop
        self.playing, self.speed = False, speed
        self._first, self._last = first, last
        self.position = max(length - 1, 0) if following else first
        self._at: float | None = None  # when the position was due, by whoever's clock `advance` is told; None before

    @property
    def last(self) -> int:
        """The position that playing ends at."""
        newest = max(self.length - 1, 0)
        return newest if self._last is None else min(self._last, newest)

    def grow(self, length: int) -> None:
        """More epochs have come."""
        self.length = length
        if self.following:
            self.position = max(length - 1, 0)

    def step(self, by: int) -> None:
        """Moves by so many epochs and releases the latch."""
        self.seek(self.position + by)

    def seek(self, position: int) -> None:
        """Goes to a position, or the nearest there is, and releases the latch."""
        self.following = False
        self.position = min(max(position, 0), max(self.length - 1, 0))

    def home(self) -> None:
        """The first epoch."""
        self.seek(0)

    def end(self) -> None:
        """The newest epoch, and the latch again."""
        self.playing, self.following = False, True
        self.position = max(self.length - 1, 0)

    def toggle(self) -> None:
        """Plays or pauses; playing from the last epoch starts again at the first."""
        self.playing = not self.playing
        if self.playing:
            self.seek(self._first if self.position >= self.last else self.position)

    def tick(self, epochs: int = 1) -> bool:
        """While playing, moves on by so many epochs; stops at the last, or starts again. True if it moved."""
        if not self.playing:
            return False
        before, first, last = self.position, self._first, self.last
        if self.loop and before + epochs > last >= first:
            self.seek(first + (before + epochs - last - 1) % (last - first + 1))
        else:
            self.seek(min(before + epochs, last))
            self.playing = self.loop or self.position < last
        return self.position != before

    def advance(self, now: float) -> bool:
        """While playing, moves to where the position is due at `now`, in seconds; True if it moved.

        What is left of an epoch is carried over, so that no speed is slower than it says. Time that passed while
        nothing was played does not count.
        """
        if not self.playing or self._at is None:
            self._at = now
            return False
        epochs = int((now - self._at) * self.speed + 1e-6)  # a step that is due now is due
        self._at += epochs / self.speed
        return self.tick(epochs) if epochs else False

    def restart(self, length: int) -> None:
        """Another run has the view, from its newest epoch on; the speed stays."""
        self.length, self._first, self._last = length, 0, None
        self.end()

    def faster(self, factor: float) -> None:
        """Multiplies the speed, which stays between 1 and 100 epochs a second."""
        self.speed = min(max(self.speed * factor, 1.0), 100.0)
