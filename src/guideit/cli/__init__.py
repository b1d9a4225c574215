"""cli: parse -> one action -> print."""

from __future__ import annotations

import sys

from guideit.errors import GuideitError


def main() -> None:
    """The `guideit` command. Exit 0 done, 1 refused or findings block, 2 wrong usage."""
    from guideit.cli.app import app

    try:
        app()
    except GuideitError as error:
        sys.stderr.write(f"guideit: {error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("guideit: stopped; type the same line again to go on where it stopped\n")
        sys.exit(130)
