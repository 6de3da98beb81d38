"""The samples through time: the data map, the hardest, and those that change most often."""
