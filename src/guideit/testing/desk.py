"""A desk that files are handed in at: an archive with one small trial, and small instances to hand in."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID
from sqlalchemy import select

from guideit.actions.archive import Archive, ArchivePlan, init_archive, open_archive
from guideit.actions.review import findings
from guideit.actions.submit import Sources, Submitted, submit
from guideit.actions.trials import add_trial
from guideit.ledger.engine import reading
from guideit.ledger.private_tables import source_file
from guideit.settings import TEMPLATE

SECRET = bytes(range(32))
TRIAL = """[trial]
id = "small"
title = "A small trial"
[risk]
threshold = 1.0
reason = "one made-up person"
"""


def now() -> datetime:
    """A fixed clock."""
    return datetime(2026, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Desk:
    """Where things are handed in: an opened archive, and the folder that is handed in."""

    archive: Archive
    sources: Path

    def submit(self, *paths: Path, reference: bool = False) -> Submitted:
        """Hand in these, or the folder `sources`."""
        given = Sources(paths=paths or (self.sources,), reference=reference)
        return submit(self.archive, "small", given, by="steward", now=now)

    def put(self, **files: bytes) -> None:
        """Write files into the folder `sources`."""
        for name, body in files.items():
            (self.sources / name).write_bytes(body)

    def states(self) -> dict[str, str]:
        """What became of each file: its state, and the reason where there is one."""
        with reading(self.archive.private) as conn:
            rows = conn.execute(select(source_file.c.name, source_file.c.state, source_file.c.reason))
            return {row.name: row.reason or row.state for row in rows}

    def findings(self) -> list[tuple[str, str]]:
        """Rule of each finding on a file, and the file it names."""
        with reading(self.archive.private) as conn:
            rows = conn.execute(select(source_file.c.submission, source_file.c.id, source_file.c.name))
            names = {f"submission/{row.submission:04d}#{row.id:06d}": row.name for row in rows}
        return sorted((found["rule"], names.get(found["place"], "")) for found in findings(self.archive, "small"))

    def kept(self) -> list[bytes]:
        """The bytes that lie in the quarantine."""
        return sorted(p.read_bytes() for p in self.archive.quarantine.rglob("*") if p.is_file())


@contextmanager
def open_desk(folder: Path, *, trial: str = TRIAL) -> Iterator[Desk]:
    """A desk whose archive and sources lie in `folder`; made where there is none yet."""
    root, declaration = folder / "archive", folder / "trial.toml"
    if not root.exists():
        init_archive(root, template=TEMPLATE)
        declaration.write_text(trial, "utf-8")
    (folder / "sources").mkdir(exist_ok=True)
    plan = ArchivePlan(root=root, workers=1, shelf_url=str(root / "shared" / "shelf"))
    with open_archive(plan, write=True) as archive:
        add_trial(archive, declaration, by="steward", now=now, secret=SECRET)
        yield Desk(archive, folder / "sources")


def instance(number: int = 1, *, preamble: bool = True, syntax: str = "1.2.840.10008.1.2.1", **values: str) -> bytes:
    """Instance `number` of one series of one made-up person, without pixels.

    Args:
        number: Of the instance; its UID ends in it.
        preamble: Whether it is a Part 10 file, or a bare data set, Implicit VR Little Endian.
        syntax: Transfer Syntax UID.
        values: By keyword, what else it says; an empty one is left out.
    """
    said = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
        "SOPInstanceUID": f"1.2.3.4.{number}",
        "Modality": "CT",
        "BodyPartExamined": "ABDOMEN",
        "PatientName": "Weberknecht^Adalbert",
        "PatientID": "QX4821775",
        "StudyInstanceUID": "1.2.3",
        "SeriesInstanceUID": "1.2.3.4",
        "InstanceNumber": str(number),
    } | values
    ds = Dataset()
    for keyword, value in said.items():
        if value:
            setattr(ds, keyword, value)
    buffer = io.BytesIO()
    if preamble:
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = UID(syntax)
        ds.file_meta.MediaStorageSOPClassUID = UID(said["SOPClassUID"])
        ds.file_meta.MediaStorageSOPInstanceUID = UID(said["SOPInstanceUID"] or "1.2.3.4.0")
        dcmwrite(buffer, ds, enforce_file_format=True)
    else:
        ds.save_as(buffer, implicit_vr=True, little_endian=True)
    return buffer.getvalue()
