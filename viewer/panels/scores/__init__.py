"""The distribution of predicted probabilities by true class."""
