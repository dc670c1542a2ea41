"""What citizens see of each other's reports and ideas: words that a human has looked at, a coarse place, never a name."""
