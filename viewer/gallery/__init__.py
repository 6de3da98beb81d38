"""What a sample looks like: the user's own `show(sample)`, run in a process of its own, and the cards of a gallery.

# mine.py, named by --samples mine.py
def show(sample):
    return x_val[sample]  # an image array, a text, a mapping, a figure
"""
