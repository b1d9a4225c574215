"""dcmanon over a folder, as its README shows it."""

from __future__ import annotations

import sys
from pathlib import Path

from dcmanon import Anonymizer


def main(source: Path, target: Path) -> None:
    """Anonymise every file below `source`."""
    anonymizer = Anonymizer()
    for path in sorted(source.rglob("*.dcm")):
        out = target / path.relative_to(source)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(anonymizer.anonymize(str(path)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
