"""This product beside others: the same training with each of them, in a process of its own, in turns."""
