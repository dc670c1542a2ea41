"""The officer's day: one inbox over all services, bulk acts with undo, reply texts, what has been read."""
