"""The command line: parse, call, print. The only room that prints.

Each command imports what it needs when it is called, so that --help is instant.
"""

from harness.cli.main import main

__all__ = ["main"]
