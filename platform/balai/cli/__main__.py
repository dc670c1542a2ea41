"""`python -m balai.cli`: the same as `balai`."""

from balai.cli import main

main(prog_name="balai")
