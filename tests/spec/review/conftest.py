"""A desk with images that wait for a person: three captured screens of two participants, and a head."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, dcmread, dcmwrite

from guideit.actions.deidentify import deidentify
from guideit.actions.review import findings
from guideit.deid.pixels.regions import Box, Region
from guideit.ledger.engine import begin
from guideit.ledger.findings import put_findings
from guideit.ledger.regions import put_regions
from guideit.testing.desk import TRIAL, Desk, instance, now, open_desk
from guideit.trial.finding import Finding, Severity

CAPTURE: dict[str, str] = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "Modality": "OT", "Manufacturer": "Maker"}


def picture(number: int, *, rows: int = 96, columns: int = 128, frames: int = 1, **values: Any) -> bytes:
    """An instance with pixels: a disc, and a bright banner with dark strokes at the top."""
    ds = dcmread(io.BytesIO(instance(number, **values)))
    y, x = np.mgrid[0:rows, 0:columns]
    disc = (((x - columns / 2) ** 2 + (y - rows * 0.6) ** 2) < (rows * 0.3) ** 2) * 90.0 + x * 0.2
    disc[4:14, 6:70] = 250
    disc[6:12, 10:66:6] = 20
    plane = disc.astype(np.uint8)
    set_pixels(ds, np.stack([plane] * frames) if frames > 1 else plane)
    out = io.BytesIO()
    dcmwrite(out, ds, enforce_file_format=True)
    return out.getvalue()


def set_pixels(ds: Dataset, pixels: np.ndarray[Any, Any]) -> None:
    """Grey, 8 bits."""
    ds.Rows, ds.Columns = pixels.shape[-2:]
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME2", 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 8, 8, 7
    if pixels.ndim == 3:
        ds.NumberOfFrames = pixels.shape[0]
    ds.PixelData = pixels.tobytes()
    ds["PixelData"].VR = "OB"


def _handed_in(desk: Desk) -> None:
    one, two = {"StudyInstanceUID": "1.2.5"}, {"StudyInstanceUID": "1.2.6", "PatientID": "RT5550001"}
    head = {"StudyInstanceUID": "1.2.8", "SeriesInstanceUID": "1.2.8.4", "BodyPartExamined": "HEAD"}
    desk.put(
        first=picture(1, SeriesInstanceUID="1.2.5.1", **one, **CAPTURE),
        second=picture(2, SeriesInstanceUID="1.2.6.1", **two, **CAPTURE),
        third=picture(3, SeriesInstanceUID="1.2.6.2", rows=64, **two, **CAPTURE),
        head=instance(7, **head),
        plain=instance(8),
    )
    desk.submit()
    deidentify(desk.archive, "small", by="steward", now=now)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """One reader decides."""
    with open_desk(tmp_path) as desk:
        _handed_in(desk)
        yield desk


@pytest.fixture
def two_readers(tmp_path: Path) -> Iterator[Desk]:
    """The trial asks for a second reader of what may show text, and of faces."""
    settings = '[deidentification]\nsecond_reader = ["hold.", "pixels."]\n'
    with open_desk(tmp_path, trial=TRIAL + settings) as desk:
        _handed_in(desk)
        yield desk


def finding_of(desk: Desk, rule: str, nth: int = 0) -> dict[str, Any]:
    """The nth finding of a rule, by place."""
    return [row for row in findings(desk.archive, "small") if row["rule"] == rule][nth]


def doubt(desk: Desk, place: str, *boxes: tuple[int, int, int, int]) -> None:
    """As the text detector does: a finding, and its regions in doubt."""
    regions = [Region(rule="text.detected", box=Box(*box)) for box in boxes]
    found = Finding(rule="pixels.doubtful-text", severity=Severity.BLOCK, place=place, says="what may be text")
    with begin(desk.archive.private) as conn:
        put_regions(conn, "small", place=place, layout="", regions={"doubtful": regions})
        put_findings(conn, "small", [found])
