"""Chain view: how long cases wait and are worked on in each unit, what each unit changes, and which link could be cut."""
