"""Where a key stands in a TOML text, so that an error can name the line."""

from __future__ import annotations

import re
from collections.abc import Iterator

Path = tuple[str | int, ...]
"""Keys and indices from the top: `("visits", 1, "day")`."""

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")


def line_of(text: str, path: Path) -> int | None:
    """The line, from 1, of the key at `path`, or of the nearest table around it; None where there is none."""
    best: tuple[int, int] | None = None
    for number, found in _keys(text):
        if found == path[: len(found)] and (best is None or len(found) > best[0]):
            best = (len(found), number)
    return best[1] if best else None


def _keys(text: str) -> Iterator[tuple[int, Path]]:
    """Every header and key with its line. Keys inside values over several lines may be missed, not misplaced."""
    table: Path = ()
    counts: dict[tuple[str | int, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _resolved(_split(header[2]), counts, many=header[1] == "[[")
            yield number, table
        elif key := _KEY.match(line):
            yield number, (*table, *_split(key[1]))


def _split(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in re.split(r"\.(?=(?:[^\"']*[\"'][^\"']*[\"'])*[^\"']*$)", dotted)]


def _resolved(names: list[str], counts: dict[Path, int], *, many: bool) -> Path:
    """A header's path with the indices of the arrays of tables it lies in."""
    path: Path = ()
    for name in names[:-1]:
        path = (*path, name)
        if path in counts:
            path = (*path, counts[path])
    path = (*path, names[-1])
    if many:
        counts[path] = counts.get(path, -1) + 1
        return (*path, counts[path])
    return path
