"""Evidence: verdicts."""
