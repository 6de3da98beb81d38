"""Formulas and logs over epochs."""
