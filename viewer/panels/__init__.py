"""Artists: a panel sets up its axes once and moves what it made."""
