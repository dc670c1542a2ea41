"""The one exception of the run stack; stdlib only, because bootstrap.py raises it before anything is installed."""


class StackError(Exception):
    """Something on this machine stands in the way; the message is a plain sentence that says what to do."""
