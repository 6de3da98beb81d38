"""Formulas of each class, worst classes first."""
