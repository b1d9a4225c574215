"""Scoring a release of the planted corpus: what survives anywhere in its bytes, what is retained."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian

from guideit.testing.planted import STEMS, WORDS, Plants

CODECS = (
    "utf-8",
    "utf-16-le",
    "utf-16-be",
    "latin-1",
    "iso2022_jp",
    "gb18030",
    "iso8859_5",
    "cp1251",
    "shift_jis",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """What became of a planted corpus.

    Attributes:
        survived: Place (or stem and file name) of each identifier found in the release.
        dates: Tag paths of original dates that stand unmoved.
        planted: How many identifiers and dates were planted.
        retained, lost: Useful values, as `file keyword`, in released files.
        files: Files released; held ones lose nothing and retain nothing.
    """

    survived: tuple[str, ...]
    dates: tuple[str, ...]
    planted: int
    retained: tuple[str, ...]
    lost: tuple[str, ...]
    files: int

    @property
    def rates(self) -> str:
        """Both rates, for people."""
        gone = 1 - (len(self.survived) + len(self.dates)) / max(self.planted, 1)
        kept = len(self.retained) / max(len(self.retained) + len(self.lost), 1)
        return f"identifiers gone {gone:.2%} of {self.planted}; useful kept {kept:.2%}; files {self.files}"


def score(released: Path, plants: Plants) -> Score:
    """Search every byte below `released`, names, ZIP members and deflated data sets too."""
    names = "\n".join(sorted(p.relative_to(released).as_posix() for p in released.rglob("*")))
    survived: set[str] = set(_found(names.encode(), "file names", plants))
    files: dict[int, Dataset] = {}
    for name, body in _bodies(released):
        survived.update(_found(body, name, plants))
        ds = _dataset(body)
        if ds is not None and "InstanceNumber" in ds:
            files[int(ds.InstanceNumber)] = ds
    retained, lost = _retention(files, plants)
    return Score(
        survived=tuple(sorted(survived)),
        dates=tuple(
            f"file {n} {[hex(t) for t in path]}" for n, path, old in plants.dates if _unmoved(files, n, path, old)
        ),
        planted=len(plants.identifiers) + len(plants.dates),
        retained=tuple(retained),
        lost=tuple(lost),
        files=len(files),
    )


def _bodies(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file and every ZIP member; deflated data sets inflated behind their own bytes."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        body = path.read_bytes()
        yield path.name, _inflated(body)
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as pack:
                yield from ((name, _inflated(pack.read(name))) for name in pack.namelist())


def _inflated(body: bytes) -> bytes:
    ds = _dataset(body) if body[128:132] == b"DICM" else None
    if ds is None or ds.file_meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        return body
    start = 144 + ds.file_meta.FileMetaInformationGroupLength
    return body + zlib.decompressobj(-zlib.MAX_WBITS).decompress(body[start:])


def _dataset(body: bytes) -> Dataset | None:
    try:
        return pydicom.dcmread(BytesIO(body))
    except (pydicom.errors.InvalidDicomError, EOFError, AttributeError):
        return None


def _found(body: bytes, name: str, plants: Plants) -> Iterator[str]:
    """Places of plants whose needles stand in `body`, and stems that stand there by themselves."""
    lower = body.lower()
    for stem in STEMS:
        for at in _hits(lower, stem):
            number = re.match(rb"\0?(\d)\0?(\d)\0?(\d)\0?(\d)\0?(\d)", lower[at : at + 12])
            place = int(b"".join(number.groups())) if number else 0
            known = 0 < place <= len(plants.identifiers)
            yield str(plants.identifiers[place - 1]) if known else f"{stem} in {name}"
    for plant in plants.identifiers:
        if not any(stem.lower() in needle.lower() for needle in plant.needles for stem in STEMS):
            yield from (str(plant) for needle in plant.needles if next(_hits(lower, needle), None))


def _hits(lower: bytes, text: str) -> Iterator[int]:
    """Ends of `text` in any encoding, ASCII case folded; equal bytes are searched once."""
    forms = set()
    for codec in CODECS:
        try:
            forms.add(text.encode(codec).replace(b"\x1b(B", b"").lower())
        except UnicodeEncodeError:
            continue
    for form in forms:
        yield from (found.end() for found in re.finditer(re.escape(form), lower))


def _retention(files: dict[int, Dataset], plants: Plants) -> tuple[list[str], list[str]]:
    retained: list[str] = []
    lost: list[str] = []
    for number, keyword, value in plants.useful:
        if number in files:
            (retained if _equal(files[number].get(keyword), value) else lost).append(f"{number} {keyword}")
    for number, keyword in plants.described:
        text = str(files[number].get(keyword, "")).split() if number in files else []
        for word in WORDS if number in files else ():
            (retained if word in text else lost).append(f"{number} {keyword} {word}")
    return retained, lost


def _equal(found: Any, value: Any) -> bool:
    if isinstance(value, list):
        return found is not None and len(found) == len(value) and all(map(_equal, found, value))
    if isinstance(value, float):
        return found is not None and abs(float(found) - value) < 1e-9
    return str(found) == value or (found is not None and _number(str(found)) == _number(value) is not None)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _unmoved(files: dict[int, Dataset], number: int, path: tuple[int, ...], old: str) -> bool:
    holder = files.get(number)
    for step in path[:-1]:
        holder = holder[step].value[0] if holder is not None and step in holder and holder[step].value else None
    if holder is None or path[-1] not in holder:
        return False
    return str(holder[path[-1]].value).startswith(old)
