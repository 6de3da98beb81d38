"""Where a figure is shown: a window, a notebook, a stream of pictures."""
