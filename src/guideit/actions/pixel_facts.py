"""What was found in the pixels of cleaned series, read from the files beside their packs (private side)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from guideit.actions.archive import Archive
from guideit.actions.clean_series import PIXELS
from guideit.actions.private_facts import place_of
from guideit.deid.risk.images import Face, ImageFacts, from_header

_FACES: Mapping[str, Face] = {"none": "none", "face": "removed", "defaced": "defaced", "doubtful": "present"}
"""A doubtful one is in a release only where a person let it pass: then a face has to be reckoned with."""


def image_facts(archive: Archive, rows: Iterable[Mapping[str, Any]]) -> dict[str, ImageFacts]:
    """What is known of each cleaned series at whose pixels somebody looked, by released place."""
    return {place_of(row): _facts(archive, row, body) for row, body in _looked_at(archive, rows)}


def _facts(archive: Archive, row: Mapping[str, Any], body: Mapping[str, Any]) -> ImageFacts:
    by_header = from_header(_first_header(archive, row))
    text, face = body["text"], body["face"]
    blanked = any(done["boxes"] for done in body["instances"].values())
    return ImageFacts(
        face=_FACES[face["verdict"]] if face else by_header.face,
        text="redacted" if text and blanked else "none-found" if text else by_header.text,
        hardware=frozenset(body.get("hardware", ())),
    )


def pixels_evidence(archive: Archive, rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What was looked at and done in pixels, counted over all series; no place, no value.

    Returns:
        `series` looked at, `looked` (counts by kind, summed), `readers`, `regions` blanked by rule, `instances` with a
        region or mask, and `faces`: series by verdict.
    """
    looked, regions, faces = Counter[str](), Counter[str](), Counter[str]()
    readers, series, instances = set[str](), 0, 0
    for _, body in _looked_at(archive, rows):
        series += 1
        for name, count in ((body["text"] or {}).get("looked") or {}).items():
            if isinstance(count, int):
                looked[name] += count
            else:
                readers.add(str(count))
        if body["face"]:
            faces[body["face"]["verdict"]] += 1
        for done in body["instances"].values():
            regions.update(box[-1] for box in done["boxes"])
            instances += bool(done["boxes"] or done["masks"])
    return {
        "series": series,
        "looked": dict(sorted(looked.items())),
        "readers": sorted(readers),
        "regions": dict(sorted(regions.items())),
        "instances": instances,
        "faces": dict(sorted(faces.items())),
    }


def _looked_at(
    archive: Archive, rows: Iterable[Mapping[str, Any]]
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    for row in rows:
        path = archive.clean / f"{row['inputs']}{PIXELS}"
        if path.is_file():
            yield row, json.loads(path.read_text("utf-8"))


def _first_header(archive: Archive, row: Mapping[str, Any]) -> Mapping[str, Any]:
    with (archive.clean / row["object"]).with_suffix(".jsonl").open(encoding="utf-8") as lines:
        header: Mapping[str, Any] = json.loads(next(lines))
    return header
