"""Boxes as people write them: `left,top,right,bottom[@first-last][#instance]`, frames and instances from 1."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from guideit.deid.pixels.regions import Box, Region
from guideit.errors import UsageError
from guideit.ledger.regions import DRAWN

_BOX = re.compile(r"(\d{1,6}),(\d{1,6}),(\d{1,6}),(\d{1,6})(?:@(\d{1,6})(?:-(\d{1,6}))?)?(?:#(\d{1,6}))?")
_EXAMPLE = "--box 0,0,512,40, or of frames 1 to 5 of the second instance --box 0,0,512,40@1-5#2"


def parse_box(text: str) -> Region:
    """A region from its text; columns and rows from 0, right and bottom exclusive.

    Raises:
        UsageError: It is none, or holds no pixel.
    """
    found = _BOX.fullmatch(text.replace(" ", ""))
    if not found:
        raise UsageError("no such box", where=text[:40], do=_EXAMPLE)
    left, top, right, bottom = (int(part) for part in found.groups()[:4])
    first = int(found[5] or 1)
    last = int(found[6] or found[5]) if found[5] else None
    instance = int(found[7]) if found[7] else None
    if left >= right or top >= bottom or first < 1 or instance == 0 or (last is not None and last < first):
        raise UsageError("a box without a pixel", where=text[:40], do=_EXAMPLE)
    return Region(
        rule=DRAWN,
        box=Box(left, top, right, bottom),
        instance=None if instance is None else instance - 1,
        first=first - 1,
        last=last,
    )


def box_text(region: Region) -> str:
    """A region as `parse_box` reads it."""
    text = ",".join(map(str, region.box))
    if region.last is not None:
        text += f"@{region.first + 1}" + (f"-{region.last}" if region.last > region.first + 1 else "")
    elif region.first:
        text += f"@{region.first + 1}-999999"
    return text if region.instance is None else f"{text}#{region.instance + 1}"


def check_inside(region: Region, headers: Sequence[Mapping[str, Any]]) -> None:
    """A box lies inside an image it is drawn on, so that a slip of the pen is no redaction of nothing.

    Args:
        region: What was drawn.
        headers: Of the series' instances in its order.

    Raises:
        UsageError: There is no such instance or frame, or the box is not inside of any.
    """
    if region.instance is not None and region.instance >= len(headers):
        raise UsageError("there is no such instance", where=box_text(region), why=f"the series has {len(headers)}")
    chosen = headers if region.instance is None else [headers[region.instance]]
    if not any(_holds(region, header) for header in chosen):
        raise UsageError("the box is not inside the image", where=box_text(region), why=_size(chosen))


def _holds(region: Region, header: Mapping[str, Any]) -> bool:
    rows, columns, frames = (_number(header, keyword) for keyword in ("Rows", "Columns", "NumberOfFrames"))
    return region.box.right <= columns and region.box.bottom <= rows and region.first < max(frames, 1)


def _size(headers: Sequence[Mapping[str, Any]]) -> str:
    sizes = sorted({(_number(header, "Columns"), _number(header, "Rows")) for header in headers})
    return "columns x rows: " + ", ".join(f"{columns} x {rows}" for columns, rows in sizes[:5])


def _number(header: Mapping[str, Any], keyword: str) -> int:
    value = header.get(keyword)
    return int(value) if isinstance(value, int | float) or (isinstance(value, str) and value.isdigit()) else 0
