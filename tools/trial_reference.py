"""Write the JSON Schema of trial.toml, and the tables of keys into the page about it.

python -m tools.trial_reference
"""

from __future__ import annotations

import re
from pathlib import Path

from guideit.trial.reference import reference_tables
from guideit.trial.schema import schema_text

SCHEMA = Path("docs/trial.schema.json")
PAGE = Path("docs/trial.md")
BEGIN, END = "<!-- tables begin -->\n", "<!-- tables end -->"


def main() -> None:
    """Run from the repository's root."""
    SCHEMA.write_text(schema_text(), "utf-8", newline="\n")
    page = PAGE.read_text("utf-8")
    between = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    PAGE.write_text(between.sub(lambda _: BEGIN + reference_tables() + END, page), "utf-8", newline="\n")


if __name__ == "__main__":
    main()
