"""The errors that a caller of the run files may want to catch."""

LONGEST = 1_900  # characters of a message: what came may be as long as somebody likes


class SentenceError(ValueError):
    """A rule and what came, of bounded length."""

    def __init__(self, message: object = "") -> None:
        text = str(message)
        super().__init__(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")


class RunFormatError(SentenceError):
    """A run's files do not follow the format, or follow one that is too new for this reader."""


class ReplacedError(RunFormatError):
    """The files of a run that was opened are those of another one by now."""


class RunBusyError(RuntimeError):
    """Another process, or another writer of this one, writes the run."""
