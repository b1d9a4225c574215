"""A desk with images that wait for a person: captured screens of two participants, a head, and a plain CT."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import dcmread, dcmwrite

from guideit.actions.archive import Archive
from guideit.actions.deidentify import deidentify
from guideit.actions.review import Decision, decide_all, findings
from guideit.deid.pixels.regions import Box, Region
from guideit.ledger.engine import begin, reading
from guideit.ledger.findings import put_findings
from guideit.ledger.private_tables import doubtful_text
from guideit.ledger.regions import put_regions, regions_at
from guideit.testing.desk import TRIAL, Desk, instance, now, open_desk
from guideit.trial.finding import Finding, Severity

CAPTURE: dict[str, Any] = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "Modality": "OT", "Manufacturer": "Maker"}
DOUBTFUL, CAPTURED, HEAD = "pixels.doubtful-text", "hold.secondary-capture", "hold.head-volume"
SMALL = "small"


@dataclass(frozen=True)
class ReviewDesk:
    """Where people decide."""

    desk: Desk

    @property
    def archive(self) -> Archive:
        """The opened archive."""
        return self.desk.archive

    def rows(self, rule: str = "") -> list[dict[str, Any]]:
        """Findings whose rule begins so."""
        return [row for row in findings(self.archive, SMALL) if row["rule"].startswith(rule)]

    def captures(self) -> list[str]:
        """Places of the captured screens: one participant's, then the other's of the same size, then of another."""
        rows = [row["place"] for row in self.rows(CAPTURED)]
        alone = next(p for p in rows if sum(o.split("/")[0] == p.split("/")[0] for o in rows) == 1)
        return [alone, *sorted((p for p in rows if p != alone), key=self._rows_of, reverse=True)]

    def _rows_of(self, place: str) -> int:
        from guideit.actions.review.places import series_at

        with reading(self.archive.private) as conn:
            there = series_at(self.archive, conn, SMALL, [place])[place]
        return int(there.headers[0]["Rows"])

    def doubt(self, place: str, *boxes: tuple[int, int, int, int]) -> int:
        """As the text detector does: a finding and its regions in doubt; the finding's number."""
        regions = [Region(rule="text.detected", box=Box(*box)) for box in boxes]
        found = Finding(rule=DOUBTFUL, severity=Severity.BLOCK, place=place, says="what may be text was found")
        with begin(self.archive.private) as conn:
            put_regions(conn, SMALL, place=place, layout="", regions={"doubtful": regions})
            put_findings(conn, SMALL, [found])
        return next(int(row["id"]) for row in self.rows(DOUBTFUL) if row["place"] == place)

    def text(self, digest: str, text: str) -> int:
        """A text in doubt, as the text detector leaves it; the finding's number."""
        found = Finding(
            rule="text.doubtful", severity=Severity.WARN, place=f"text/{digest}", says="it may name somebody"
        )
        with begin(self.archive.private) as conn:
            values = {"digest": digest, "text": text, "places": ["(0008,103E)"], "count": 3}
            conn.execute(doubtful_text.insert().values(trial=SMALL, **values))
            put_findings(conn, SMALL, [found])
        return next(int(row["id"]) for row in self.rows("text.") if row["place"] == found.place)

    def decide(
        self, number: int, decision: str, *, by: str = "steward", boxes: tuple[Region, ...] = ()
    ) -> dict[str, Any]:
        """Decide on one finding."""
        item = Decision(finding=number, decision=decision, reason="looked at it", boxes=boxes)
        return decide_all(self.archive, SMALL, [item], by=by, now=now)[0]

    def regions(self, place: str) -> list[tuple[tuple[int, ...], str]]:
        """Boxes at a place with their states."""
        with reading(self.archive.private) as conn:
            return [(tuple(region.box), state) for region, state in regions_at(conn, SMALL, place)]


def picture(number: int, *, rows: int = 96, columns: int = 128, **values: Any) -> bytes:
    """An instance with pixels: a disc, and a bright banner with dark strokes at the top."""
    ds = dcmread(io.BytesIO(instance(number, **values)))
    y, x = np.mgrid[0:rows, 0:columns]
    grey = (((x - columns / 2) ** 2 + (y - rows * 0.6) ** 2) < (rows * 0.3) ** 2) * 90.0 + x * 0.2
    grey[4:14, 6:70] = 250
    grey[6:12, 10:66:6] = 20
    ds.Rows, ds.Columns = rows, columns
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME2", 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 8, 8, 7
    ds.add_new("PixelData", "OB", grey.astype(np.uint8).tobytes())
    out = io.BytesIO()
    dcmwrite(out, ds, enforce_file_format=True)
    return out.getvalue()


@contextmanager
def review_desk(folder: Path, *, settings: str = "") -> Iterator[ReviewDesk]:
    """A desk whose files were handed in and de-identified; `settings` are lines of `[deidentification]`."""
    one: dict[str, Any] = {"StudyInstanceUID": "1.2.5"}
    two: dict[str, Any] = {"StudyInstanceUID": "1.2.6", "PatientID": "RT5550001"}
    head: dict[str, Any] = {"StudyInstanceUID": "1.2.8", "SeriesInstanceUID": "1.2.8.4", "BodyPartExamined": "HEAD"}
    with open_desk(folder, trial=f"{TRIAL}[deidentification]\n{settings}\n") as desk:
        desk.put(
            first=picture(1, SeriesInstanceUID="1.2.5.1", **one, **CAPTURE),
            second=picture(2, SeriesInstanceUID="1.2.6.1", **two, **CAPTURE),
            third=picture(3, SeriesInstanceUID="1.2.6.2", rows=64, **two, **CAPTURE),
            head=instance(7, **head),
            plain=instance(8),
        )
        desk.submit()
        deidentify(desk.archive, SMALL, by="steward", now=now)
        yield ReviewDesk(desk)
