"""The one error that reading a run raises."""


class RunFormatError(ValueError):
    """A run's files do not follow the format, or follow one that is too new for this reader."""
