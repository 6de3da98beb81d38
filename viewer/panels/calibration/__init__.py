"""Whether a score of 0.3 means three in ten."""
