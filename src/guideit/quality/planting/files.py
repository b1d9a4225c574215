"""One received instance to one planted instance, with its part of the answer key."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID

from guideit.dicom.codecs import pixels
from guideit.quality.planting import headers
from guideit.quality.planting.answers import Drawn, PlantedFile
from guideit.quality.planting.drawn import SMALLEST, burn, plant_icon, plant_overlay
from guideit.quality.planting.expectations import expectations
from guideit.quality.planting.headers import Planter
from guideit.quality.planting.transcodes import SYNTAXES, to_bytes, transcoded, with_pixels

Made = tuple[bytes, PlantedFile]
_ASCII = frozenset({"", "ISO_IR 6"})
_DRAWABLE = frozenset({"MONOCHROME1", "MONOCHROME2", "RGB"})
SETS: Sequence[str] = ("everywhere", "nested", "private", "frame", "graphics")
"""What is planted besides identity and descriptions: one of these in each file of a series, in turn."""
_PLANT: dict[str, Callable[[Planter, Dataset], Callable[[bytes], bytes] | None]] = {
    "everywhere": headers.everywhere,
    "nested": headers.nested,
    "private": headers.private,
    "frame": headers.frame,
}


def opened(body: bytes) -> Dataset:
    """The instance with every text decoded, so that it can be written in another character set."""
    ds = dcmread(io.BytesIO(body), force=True)
    ds.decode()
    return ds


def planted(source: Dataset, planter: Planter, name: str, sets: Sequence[str]) -> Made:
    """Plant into a copy of `source`; raises whatever pydicom raises where it cannot be written."""
    planter.checks = []
    ds = copy.deepcopy(source)
    _speak(ds, planter)
    _identify(ds, planter)
    headers.content(planter, ds)
    overlay, icon = _graphics(ds, planter) if "graphics" in sets else ((), ())
    afters = [after for each in sets if each in _PLANT and (after := _PLANT[each](planter, ds))]
    body = to_bytes(ds)
    for after in afters:
        body = after(body)
    return body, _file(body, planter, name, overlay=overlay, icon=icon)


def drawn_copies(sources: Sequence[Dataset], planter: Planter, name: str, *, said: bool) -> list[Made]:
    """A series of its own with the person's name, birth date and number drawn into all frames of all instances.

    Args:
        sources: Instances of one series, all of one shape.
        planter: Whose it is.
        name: Of the files, which get a number each.
        said: Whether the header says that there is text; else it says nothing.
    """
    made = []
    for number, source in enumerate(sources, start=1):
        frames = frames_of(source).copy()
        drawn = burn(frames, _lines(planter))
        planter.checks = []
        ds = with_pixels(source, frames)
        _speak(ds, planter)
        _identify(ds, planter)
        _own_series(ds, planter, f"{name}", number)
        if said:
            ds.BurnedInAnnotation = "YES"
        elif "BurnedInAnnotation" in ds:
            del ds.BurnedInAnnotation
        body = to_bytes(ds)
        made.append((body, _file(body, planter, f"{name}-{number:03d}.dcm", drawn=drawn, said=said)))
    return made


def transcoded_copies(source: Dataset, planter: Planter, name: str) -> list[Made]:
    """The first instance again in every lossless syntax, each a series of its own."""
    frames, made = frames_of(source), []
    for number, syntax in enumerate(SYNTAXES, start=1):
        planter.checks = []
        ds = transcoded(source, frames, syntax)
        _speak(ds, planter)
        _identify(ds, planter)
        _own_series(ds, planter, f"{name} {syntax}", number)
        body = to_bytes(ds)
        made.append((body, _file(body, planter, f"{name}-{number:03d}.dcm", transcode=True)))
    return made


def drawable(source: Dataset) -> bool:
    """Whether text can be drawn into it: large enough, plain samples, decodable."""
    if "PixelData" not in source or source.get("PhotometricInterpretation") not in _DRAWABLE:
        return False
    large = min(int(source.get("Rows") or 0), int(source.get("Columns") or 0)) >= SMALLEST
    return large and int(source.get("BitsAllocated") or 0) in {8, 16}


def transcodable(source: Dataset) -> bool:
    """Whether every lossless codec takes it: grey, of 8 or 16 bits."""
    grey = str(source.get("PhotometricInterpretation", "")).startswith("MONOCHROME")
    return grey and "PixelData" in source and int(source.get("BitsAllocated") or 0) in {8, 16}


def frames_of(source: Dataset) -> np.ndarray[Any, Any]:
    """Decoded pixels, (frames, rows, columns[, samples])."""
    found = pixels(source)
    return found if int(source.get("NumberOfFrames") or 1) > 1 else found[None]


def _lines(planter: Planter) -> tuple[str, ...]:
    who = planter.who
    return (who.latin.upper(), f"{who.birth:%Y-%m-%d}", who.patient_id)


def _identify(ds: Dataset, planter: Planter) -> None:
    headers.identity(planter, ds)
    headers.described(planter, ds)


def _speak(ds: Dataset, planter: Planter) -> None:
    """The character set of the person's country where the source has ASCII only, else UTF-8, at every depth."""
    before = ds.get("SpecificCharacterSet") or ""
    ascii_only = isinstance(before, str) and before in _ASCII
    charset = planter.who.ways.charset if ascii_only else ("ISO_IR 192",)
    for item in _data_sets(ds):
        item.pop("SpecificCharacterSet", None)
    ds.SpecificCharacterSet = charset[0] if len(charset) == 1 else list(charset)


def _data_sets(ds: Dataset) -> list[Dataset]:
    found = [ds]
    for element in ds:
        if element.VR == "SQ":
            for item in element.value or ():
                found += _data_sets(item)
    return found


def _own_series(ds: Dataset, planter: Planter, seed: str, number: int) -> None:
    """UIDs of a new series in the same study; the same for one person, series and seed."""
    ds.SeriesInstanceUID = _uid(planter, ds.SeriesInstanceUID, seed)
    ds.SOPInstanceUID = _uid(planter, ds.SeriesInstanceUID, f"instance {number}")
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID


def _uid(planter: Planter, *seeds: str) -> UID:
    from pydicom.uid import generate_uid

    return UID(generate_uid(prefix="1.2.826.0.1.99999.", entropy_srcs=[planter.who.patient_id, *map(str, seeds)]))


def _graphics(ds: Dataset, planter: Planter) -> tuple[tuple[Drawn, ...], tuple[Drawn, ...]]:
    """An overlay and an icon with the person's name, where the image has none and is large enough."""
    if min(int(ds.get("Rows") or 0), int(ds.get("Columns") or 0)) < SMALLEST:
        return (), ()
    name = planter.who.latin.upper()
    overlay = plant_overlay(ds, name) if 0x60000010 not in ds and 0x60003000 not in ds else ()
    icon = plant_icon(ds, name) if not ds.get("IconImageSequence") else ()
    return overlay, icon


def _file(
    body: bytes,
    planter: Planter,
    name: str,
    **more: Any,
) -> PlantedFile:
    """The answer key's row, read from the bytes that were written."""
    ds = dcmread(io.BytesIO(body), force=True)
    return PlantedFile(
        name=name,
        sop=str(ds.SOPInstanceUID),
        series=str(ds.SeriesInstanceUID),
        person=planter.who.number,
        checks=(*planter.checks, *expectations(ds)),
        pixels="PixelData" in ds,
        **more,
    )
