"""Evidence: trials."""
