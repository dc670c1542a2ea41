"""Evidence: apps."""
