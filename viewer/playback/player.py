"""The clock of all panels."""

from __future__ import annotations


class Player:
    """A position among the epochs; following the newest one is a latch that scrubbing releases.

    Args:
        length: epochs so far.
        following: start at the newest epoch and stay with it.
    """

    def __init__(self, length: int = 0, *, following: bool = True) -> None:
        self.length, self.following = length, following
        self.playing, self.speed = False, 10.0
        self.position = max(length - 1, 0) if following else 0

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
            self.seek(0 if self.position >= self.length - 1 else self.position)

    def tick(self, epochs: int = 1) -> bool:
        """While playing, moves on by so many epochs; stops at the last. True if it moved."""
        if not self.playing:
            return False
        before = self.position
        self.seek(self.position + epochs)
        self.playing = self.position < self.length - 1
        return self.position != before

    def faster(self, factor: float) -> None:
        """Multiplies the speed, which stays between 1 and 100 epochs a second."""
        self.speed = min(max(self.speed * factor, 1.0), 100.0)
