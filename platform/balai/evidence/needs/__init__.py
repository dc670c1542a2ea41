"""Evidence: needs."""
