"""The errors that a caller of the run files may want to catch."""


class RunFormatError(ValueError):
    """A run's files do not follow the format, or follow one that is too new for this reader."""


class RunBusyError(RuntimeError):
    """Another process, or another writer of this one, writes the run."""
