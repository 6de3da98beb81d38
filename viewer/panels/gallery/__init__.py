"""What samples look like: those of a list, with truth, score and history."""
