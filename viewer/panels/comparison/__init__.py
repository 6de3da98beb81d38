"""Several runs: a formula each over epochs, beside them the differences in pairs."""
