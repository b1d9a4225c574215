"""Unit tests of the example trial's generator."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from guideit.deid.table_formats import read_table
from guideit.testing.clinical import TABLES
from guideit.testing.example import ExampleTrial, make_example
from guideit.testing.people import people

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> ExampleTrial:
    return make_example(tmp_path_factory.mktemp("example"), scale=0.25)


def bodies(example: ExampleTrial) -> Iterator[tuple[str, bytes]]:
    for source in example.sources:
        if source.suffix == ".zip":
            with zipfile.ZipFile(source) as archive:
                yield from ((name, archive.read(name)) for name in archive.namelist())
        else:
            files = sorted(p for p in source.rglob("*") if p.is_file())
            yield from ((str(p), p.read_bytes()) for p in files if p not in example.useless)


def datasets(example: ExampleTrial) -> list[Dataset]:
    found: list[Dataset] = []
    for _, body in bodies(example):
        try:
            found.append(pydicom.dcmread(io.BytesIO(body)))
        except InvalidDicomError:
            found.append(pydicom.dcmread(io.BytesIO(body), force=True))
    return found


def test_every_object_reads_and_is_counted(example: ExampleTrial) -> None:
    found = datasets(example)
    assert len(found) == example.instances == len({ds.SOPInstanceUID for ds in found})
    assert {ds.Modality for ds in found} >= {"CT", "PT", "MR", "RTSTRUCT", "SEG", "SR", "US", "DOC"}
    assert {str(ds.PatientID) for ds in found} == {p.source_id for p in example.people}
    assert len({ds.file_meta.get("TransferSyntaxUID") for ds in found}) >= 9


def test_references_resolve_within_the_sources(example: ExampleTrial) -> None:
    found = datasets(example)
    known = {ds.SOPInstanceUID for ds in found}
    checked: Counter[str] = Counter()
    for ds in found:
        if ds.Modality in {"RTSTRUCT", "SEG", "SR"}:
            for element in ds.iterall():
                if element.keyword == "ReferencedSOPInstanceUID" and element.value != ds.StudyInstanceUID:
                    checked[ds.Modality] += 1
                    assert element.value in known
    assert set(checked) == {"RTSTRUCT", "SEG", "SR"}


def test_the_series_to_hold_back_are_there(example: ExampleTrial) -> None:
    series = {ds.SeriesInstanceUID for ds in datasets(example)}
    assert set(example.held) <= series
    assert set(example.held.values()) == {
        "hold.secondary-capture",
        "hold.burned-in-modality",
        "hold.encapsulated-document",
        "hold.head-volume",
    }


def test_names_stand_in_their_own_script(example: ExampleTrial) -> None:
    names = {str(ds.PatientName) for ds in datasets(example)}
    assert any("山田" in name for name in names)
    assert any("Кузнецова" in name for name in names)
    assert any("Müller" in name for name in names)


def test_tables_read_and_fall_on_the_days_of_the_scans(example: ExampleTrial) -> None:
    days = {(str(ds.PatientID), ds.StudyDate) for ds in datasets(example)}
    for name in TABLES:
        table = read_table((example.folder / "tables" / name).read_bytes(), name=name)
        assert table.rows
        assert not table.ragged
    table = read_table((example.folder / "tables" / "tr.json").read_bytes(), name="tr")
    id_at, date_at = table.columns.index("USUBJID"), table.columns.index("TRDTC")
    assert {(row[id_at], row[date_at].replace("-", "")) for row in table.rows} <= days


def test_the_same_seed_gives_the_same_bytes(example: ExampleTrial, tmp_path: Path) -> None:
    again = make_example(tmp_path / "again", scale=0.25)

    def digest(made: ExampleTrial) -> dict[str, str]:
        files = (p for p in made.folder.rglob("*") if p.is_file())
        return {p.relative_to(made.folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}

    assert digest(again) == digest(example)


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        make_example(tmp_path, scale=0.25)


def test_many_people_are_all_different() -> None:
    crowd = people(60, 1)
    assert len({p.source_id for p in crowd}) == len({p.name for p in crowd}) == 60
    assert Counter(p.arm for p in crowd) == {"drug": 30, "standard": 30}
    assert people(60, 1) == crowd != people(60, 2)
