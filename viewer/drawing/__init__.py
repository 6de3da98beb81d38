"""Text, marks, lines and axes, in two themes: what panels draw with, and whatever is faster than matplotlib's own."""

from ..needs import told

with told():  # at once where it is missing, whichever file is asked for first
    import matplotlib  # noqa: F401
