"""No picture slips past those who look because its header says something else than what it is."""

from __future__ import annotations

import io
from types import MappingProxyType

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from guideit.actions.look_at_pixels import Looking
from guideit.deid.faces.head import Head, Verdict
from guideit.deid.hold import head_volume
from guideit.deid.pixels.frames import PixelFile
from guideit.deid.pixels.reader import TextReader
from guideit.deid.sight import FACE, TEXT, Sight
from guideit.deid.treatment import Treatment, treat
from guideit.errors import NotUnderstood
from guideit.trial.deidentification import DeidSettings, Option

CT, SC, SEG = (f"1.2.840.10008.5.1.4.1.1.{n}" for n in ("2", "7", "66.4"))


class _Asked(Exception):
    """Somebody wanted to read text."""


def _opened() -> PixelFile:
    raise AssertionError("not opened here")


def _reader() -> TextReader:
    raise _Asked


def _treated(headers: list[dict[str, object]], options: frozenset[Option], head: Head | None = None) -> Treatment:
    settings = DeidSettings(options=options)
    sight = Sight(place="P-1/series/2.25.1", head=head)
    return treat([_opened] * len(headers), headers, settings, sight, reader=_reader, names=lambda _: False)


def _header(modality: str, uid: str, **more: object) -> dict[str, object]:
    return {"Modality": modality, "SOPClassUID": uid, "Rows": 8, **more}


@pytest.mark.parametrize(
    "headers",
    [
        [_header("SEG", SC)],
        [_header("PR", CT)],
        [_header("SEG", SEG), _header("CT", CT)],
    ],
)
def test_a_picture_is_looked_at_whatever_modality_is_stated(headers: list[dict[str, object]]) -> None:
    with pytest.raises(_Asked):
        _treated(headers, frozenset({TEXT}))


def test_a_segmentation_is_no_picture() -> None:
    assert not _treated([_header("SEG", SEG)], frozenset({TEXT})).acts


@pytest.mark.parametrize("modality", ["OT", "SEG", "DX"])
def test_a_volume_is_one_by_its_class_too(modality: str) -> None:
    assert head_volume({"Modality": modality, "SOPClassUID": CT, "BodyPartExamined": "HEAD"})


@pytest.mark.parametrize("other", ["1.3", None])
def test_a_series_in_two_frames_of_reference_is_doubtful(other: str | None) -> None:
    headers = [_header("MR", "", FrameOfReferenceUID="1.2"), _header("MR", "", FrameOfReferenceUID=other)]
    found = _treated(headers, frozenset({FACE}), Head(verdict=Verdict.NONE))
    assert [finding.rule for finding in found.findings] == ["faces.doubtful"]
    assert FACE not in found.shown


def _without_rows() -> bytes:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.4.50")
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = UID(SC)
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = UID("1.2.3")
    ds.PixelData = encapsulate([np.zeros(32, "u1").tobytes()])
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


@pytest.mark.parametrize("shown", [frozenset(), frozenset({TEXT})])
def test_pixels_without_a_stated_size_are_held_back(shown: frozenset[Option]) -> None:
    looking = Looking(treatment=Treatment(shown=shown), headers=[{}], numbers=MappingProxyType({}))
    with pytest.raises(NotUnderstood):
        looking.treated(0, _without_rows())
