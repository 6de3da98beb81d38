"""The algebra of counts: pure functions on arrays."""
