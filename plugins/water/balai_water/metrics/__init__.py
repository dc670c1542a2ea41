"""What water achieves, month by month: figures for the evidence, each with where it comes from."""
