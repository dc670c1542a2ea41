"""Stands in for the PDF checker in a test: never ends by itself."""

import time

time.sleep(60)
