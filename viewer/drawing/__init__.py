"""Text, marks, lines and axes, in two themes: what panels draw with, and whatever is faster than matplotlib's own."""
