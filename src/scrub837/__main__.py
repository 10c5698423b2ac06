"""``python -m scrub837``."""

from scrub837.cli import program

program()
