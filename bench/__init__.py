"""What Balai costs, measured beside a reference in the same run. `make bench`, or `python -m bench --help`."""
