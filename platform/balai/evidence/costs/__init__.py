"""Evidence: costs."""
