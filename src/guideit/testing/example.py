"""The example trial: a made-up multi-site, two-arm randomised imaging trial written to a folder.

No person, hospital or number in it exists. The same arguments give the same bytes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

from pydicom.data import get_testdata_file

from guideit.testing.clinical import Course, course, write_tables
from guideit.testing.encodings import recode, to_bytes
from guideit.testing.example_toml import trial_toml
from guideit.testing.people import Person, people
from guideit.testing.studies import Piece, pieces, visits


@dataclass(frozen=True, kw_only=True, slots=True)
class ExampleTrial:
    """What was written.

    Attributes:
        folder: Everything lies in here.
        trial: The `trial.toml`.
        sources: What to submit: two sites' folders and one site's ZIP archive.
        people: The participants.
        instances: Distinct DICOM objects in the sources that can be read.
        held: Series Instance UID to the rule that must hold the series back.
        useless: Files that are to be set aside: no DICOM, damaged, or seen twice.
    """

    folder: Path
    trial: Path
    sources: tuple[Path, ...]
    people: tuple[Person, ...]
    instances: int
    held: dict[str, str]
    useless: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _File:
    name: str
    body: bytes
    series: str
    hold: str


def make_example(folder: Path, *, participants: int = 6, seed: int = 7, scale: float = 1.0) -> ExampleTrial:
    """Write the example trial into `folder`, which must be empty or new.

    Args:
        folder: Where to write.
        participants: How many people; they are dealt to three sites and two arms in turn.
        seed: Of everything random.
        scale: Fineness of the images; 1 gives 256×256 CT with 16 slices, 0.25 a quarter of both.

    Raises:
        FileExistsError: The folder holds something.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError("the folder for the example trial is not empty")
    courses = [course(p, drop_out=p.number % 5 == 4) for p in people(participants, seed)]
    write_tables(folder / "tables", courses)
    trial = folder / "trial.toml"
    trial.write_text(trial_toml(), "utf-8", newline="\n")
    sources, instances, held = [], 0, {}
    for hospital in ("nordstadt", "higashiyama", "neva"):
        files = _files([c for c in courses if c.person.hospital.id == hospital], scale)
        write = _write_zip if hospital == "higashiyama" else _write_folder
        source = folder / "sources" / _SOURCES[hospital]
        for file in write(source, files):
            instances += 1
            if file.hold:
                held[file.series] = file.hold
        sources.append(source)
    useless = _litter(sources[0])
    return ExampleTrial(
        folder=folder,
        trial=trial,
        sources=tuple(sources),
        people=tuple(c.person for c in courses),
        instances=instances,
        held=held,
        useless=useless,
    )


_SOURCES = {
    "nordstadt": "01 Nordstadt PACS-Export",
    "higashiyama": "02_higashiyama.zip",
    "neva": "03 Нева диски",
}


def _files(courses: Sequence[Course], scale: float) -> Iterator[_File]:
    for each in courses:
        person = each.person
        top = person.hospital.folder.format(
            name=_folder_name(person), birth=f"{person.birth:%d.%m.%Y}", source_id=person.source_id
        )
        for visit in visits(each, scale):
            for number, piece in enumerate(pieces(visit), start=1):
                name = _file_name(person, piece, number)
                yield _file(f"{top}/{visit.day:%Y%m%d} {visit.id}/{piece.label}/{name}", piece)


def _folder_name(person: Person) -> str:
    """The family name, in the script the hospital writes."""
    groups = person.name.split("=")
    return (groups[1] if len(groups) > 1 else groups[0]).replace("^", " ")


def _file_name(person: Person, piece: Piece, number: int) -> str:
    """`IM000012`, `Müller-000012.dcm` or `.ima`: no two sites name alike."""
    stem, kind = {"DE": ("IM", ""), "JP": (_folder_name(person).split()[0], ".dcm")}.get(
        person.hospital.country, ("", ".ima")
    )
    return f"{stem}{number:06d}{kind}"


def _file(name: str, piece: Piece) -> _File:
    ds = piece.dataset
    bare = ds.PatientID.startswith("NE") and ds.Modality == "RTSTRUCT"
    series = str(ds.SeriesInstanceUID)
    body = to_bytes(recode(ds, piece.syntax), preamble=not bare)
    return _File(name=name, body=body, series=series, hold=piece.hold)


def _write_folder(root: Path, files: Iterator[_File]) -> Iterator[_File]:
    for file in files:
        path = root / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.body)
        yield file


def _write_zip(path: Path, files: Iterator[_File]) -> Iterator[_File]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            archive.writestr(zipfile.ZipInfo(file.name, (2022, 1, 1, 0, 0, 0)), file.body)
            yield file


def _litter(source: Path) -> tuple[Path, ...]:
    """What else lies in a hospital's export: a read-me, a directory file, a second copy, a torn file."""
    images = sorted(p for p in source.rglob("IM*") if p.is_file())
    readme, directory = source / "Bitte lesen.txt", source / "DICOMDIR"
    readme.write_text("Export des Klinikums Nordstadt, bei Fragen Tel. 030 1234567\n", "utf-8")
    copyfile(str(get_testdata_file("DICOMDIR", download=False)), directory)
    twice, torn = images[0].with_name("IM000001 Kopie"), images[1].with_name("IM999999")
    twice.write_bytes(images[0].read_bytes())
    torn.write_bytes(images[1].read_bytes()[:-4001])
    return (readme, directory, twice, torn)
