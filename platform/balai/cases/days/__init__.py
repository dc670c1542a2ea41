"""The region's own working days: holidays and working Saturdays, its week and hours, and what they do to deadlines."""
