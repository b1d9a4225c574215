"""Where a device is known to write: regions by rule id, whether or not text is seen there.

Two kinds: rows of `layouts.toml`, and what lies outside the regions that an ultrasound device declares
((0018,6011) Sequence of Ultrasound Regions, PS3.3 C.8.5.5).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, NamedTuple

from pydicom import Dataset

from guideit.deid.pixels.regions import Box

OUTSIDE = "text.layout.us-outside-regions"
EQUAL: Mapping[str, str] = {
    "modality": "Modality",
    "rows": "Rows",
    "columns": "Columns",
    "burned_in": "BurnedInAnnotation",
}
"""Conditions that want the same value, and the attribute they look at."""
CONTAINED: Mapping[str, str] = {
    "manufacturer": "Manufacturer",
    "model": "ManufacturerModelName",
    "description": "SeriesDescription",
    "image_type": "ImageType",
    "protocol": "ProtocolName",
    "dose_comments": "CommentsOnRadiationDose",
}
"""Conditions that want a part of the value, in any case; so do `software`, of the file meta, and `phantom`, a code."""
ATTRIBUTES: Mapping[str, str] = {**EQUAL, **CONTAINED}
KEYS = (*ATTRIBUTES, "software", "phantom")
CORNERS = ("RegionLocationMinX0", "RegionLocationMinY0", "RegionLocationMaxX1", "RegionLocationMaxY1")


class Placed(NamedTuple):
    """A rule and a box of an instance."""

    rule: str
    box: Box


def layout_boxes(header: Dataset) -> list[Placed]:
    """Every box that the tables know for an instance, cut to its frame."""
    rows, columns = int(header.get("Rows") or 0), int(header.get("Columns") or 0)
    cut = [Placed(p.rule, _cut(p.box, rows, columns)) for p in _known(tuple(_said(header, key) for key in KEYS))]
    outside = [Placed(OUTSIDE, box) for box in outside_regions(header, rows, columns)]
    return [p for p in cut if p.box.left < p.box.right and p.box.top < p.box.bottom] + outside


@lru_cache(maxsize=256)
def _known(said: tuple[str, ...]) -> tuple[Placed, ...]:
    """Boxes of every row that holds for what an instance says, in the order of `KEYS`; most say the same."""
    header = dict(zip(KEYS, said, strict=True))
    return tuple(
        Placed(f"text.layout.{row['id']}", box) for row in _table() if _holds(row, header) for box in _boxes(row)
    )


@cache
def _table() -> tuple[Mapping[str, Any], ...]:
    text = (files("guideit.deid.pixels") / "layouts.toml").read_text("utf-8")
    return tuple(tomllib.loads(text)["layout"])


def _boxes(row: Mapping[str, Any]) -> Iterator[Box]:
    for left, top, width, height in row["boxes"]:
        yield Box(left, top, left + width, top + height)


def _cut(box: Box, rows: int, columns: int) -> Box:
    return Box(box.left, box.top, min(box.right, columns), min(box.bottom, rows))


def _holds(row: Mapping[str, Any], header: Mapping[str, str]) -> bool:
    """Whether every condition of a row holds."""
    equal = all(header[key] in _texts(row[key]) for key in EQUAL if key in row)
    contained = (key for key in KEYS if key in row and key not in EQUAL)
    return equal and all(any(want.lower() in header[key].lower() for want in _texts(row[key])) for key in contained)


def _texts(want: Any) -> list[str]:
    return [str(w) for w in (want if isinstance(want, list) else [want])]


def _said(header: Dataset, key: str) -> str:
    """What an instance says about a condition, as one text."""
    if key == "software":
        return str(getattr(header, "file_meta", {}).get("ImplementationVersionName", ""))
    if key == "phantom":
        return " ".join(str(item.get("CodeMeaning", "")) for item in header.get("CTDIPhantomTypeCodeSequence") or ())
    value = header.get(ATTRIBUTES[key], "")
    return str(value) if isinstance(value, str) or not isinstance(value, Sequence) else "\\".join(map(str, value))


def outside_regions(header: Dataset, rows: int, columns: int) -> list[Box]:
    """What lies outside every region an ultrasound device declares; nothing where it declares none that makes sense."""
    inside = [box for item in header.get("SequenceOfUltrasoundRegions") or () if (box := _region(item, rows, columns))]
    if not inside:
        return []
    cuts = sorted({0, rows, *(b.top for b in inside), *(b.bottom for b in inside)})
    strips = [
        Box(left, top, right, bottom) for top, bottom in pairwise(cuts) for left, right in _gaps(inside, top, columns)
    ]
    return _joined(strips)


def _region(item: Dataset, rows: int, columns: int) -> Box | None:
    """A declared region, its far corner inclusive; None where it is not inside the frame or not said."""
    said = [item.get(name) for name in CORNERS]
    if any(not isinstance(n, int) for n in said):
        return None
    left, top, right, bottom = (int(n) for n in said if n is not None)
    sane = 0 <= left < right < columns + 1 and 0 <= top < bottom < rows + 1
    return Box(left, top, min(right + 1, columns), min(bottom + 1, rows)) if sane else None


def _gaps(inside: Sequence[Box], row: int, columns: int) -> Iterator[tuple[int, int]]:
    """Columns of a row that no region covers: first and last exclusive."""
    at = 0
    for left, right in sorted((b.left, b.right) for b in inside if b.top <= row < b.bottom):
        if left > at:
            yield at, left
        at = max(at, right)
    if at < columns:
        yield at, columns


def _joined(strips: Sequence[Box]) -> list[Box]:
    """Strips of the same columns that touch, made one."""
    done: list[Box] = []
    for strip in strips:
        above = next(
            (b for b in done if b.bottom == strip.top and (b.left, b.right) == (strip.left, strip.right)), None
        )
        if above is not None:
            done.remove(above)
            strip = strip._replace(top=above.top)
        done.append(strip)
    return done
