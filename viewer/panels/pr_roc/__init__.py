"""Precision against recall, and recall against the false positive rate."""
