"""Images that look alike: one device, one kind of image, one size; text stands where it stood on the other."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

_FACTS = (
    "SOPClassUID", "Modality", "Manufacturer", "ManufacturerModelName", "SoftwareVersions", "Rows", "Columns",
    "SamplesPerPixel", "PhotometricInterpretation", "ImageType",
)  # fmt: skip
"""What must be the same in both, by keyword; a value that is absent is the same as one that is empty."""
_SAID = "SeriesDescription"
"""Compared by its letters only: numbers count series, dates and patients."""


def layout_of(header: Mapping[str, Any]) -> str:
    """Digest of what decides where a device draws its text; 32 hex digits."""
    facts = [_folded(header.get(keyword)) for keyword in _FACTS]
    said = re.sub(r"[\W\d_]+", "", _folded(header.get(_SAID)))
    return hashlib.sha256(json.dumps([*facts, said]).encode()).hexdigest()[:32]


def layout_of_series(headers: Iterable[Mapping[str, Any]]) -> str:
    """That of its instances; where they differ, of all together."""
    layouts = sorted({layout_of(header) for header in headers})
    return layouts[0] if len(layouts) == 1 else hashlib.sha256("".join(layouts).encode()).hexdigest()[:32]


def _folded(value: Any) -> str:
    parts = value if isinstance(value, list | tuple) else [value]
    return "\\".join(" ".join(str("" if part is None else part).casefold().split()) for part in parts)
