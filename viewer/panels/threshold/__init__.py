"""Formulas against the threshold, at one epoch."""
