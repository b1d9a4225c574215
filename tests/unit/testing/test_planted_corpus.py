"""Unit tests of the planted corpus: everything planted is found where it stands, and only there."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import pydicom
import pytest

from guideit.testing.planted import FAMILY, STEMS, Plants, base, plant
from guideit.testing.planted_score import score

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def plants(tmp_path_factory: pytest.TempPathFactory) -> Plants:
    return plant(tmp_path_factory.mktemp("planted") / "corpus")


def test_all_that_was_planted_is_found_in_the_corpus_itself(plants: Plants) -> None:
    result = score(plants.folder, plants)
    numbered = {
        str(p)
        for p in plants.identifiers
        if any(f"{stem}{p.number:05d}".lower() in p.needles[0].lower() for stem in STEMS)
    }
    assert len(numbered) > 20000
    assert numbered <= set(result.survived)
    assert len(result.dates) == len(plants.dates) > 200
    assert result.files == len(list(plants.folder.iterdir()))
    assert not result.lost


def test_every_form_of_a_description_is_found(plants: Plants) -> None:
    forms = [p for p in plants.identifiers if ": form " in p.place]
    assert len({p.file for p in forms}) == 14
    bodies = {p.file: (plants.folder / f"{p.file:04d}.dcm").read_bytes() for p in forms}
    for found in forms:
        text = bodies[found.file].decode("latin-1").lower()
        assert all(needle.lower() in text for needle in found.needles)


def test_an_empty_release_has_nothing_and_retains_nothing(plants: Plants, tmp_path: Path) -> None:
    result = score(tmp_path, plants)
    assert (result.survived, result.dates, result.retained, result.files) == ((), (), (), 0)


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_name_hidden_anywhere_is_found(plants: Plants, tmp_path: Path, codec: str) -> None:
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as pack:
        pack.writestr("a.bin", b"\x01\x02" + FAMILY.upper().encode(codec) + b"\xff")
    assert score(tmp_path, plants).survived


def test_a_name_in_a_file_name_is_found(plants: Plants, tmp_path: Path) -> None:
    (tmp_path / f"{FAMILY}.txt").write_bytes(b"")
    assert score(tmp_path, plants).survived == (f"{FAMILY} in file names",)


def test_useful_values_that_change_are_lost(plants: Plants, tmp_path: Path) -> None:
    ds = pydicom.dcmread(plants.folder / "0009.dcm")
    ds.KVP = "80"
    del ds.EchoTime
    ds.SeriesDescription = "CT venous"
    ds.save_as(tmp_path / "x.dcm")
    assert set(score(tmp_path, plants).lost) == {"9 KVP", "9 EchoTime", "9 SeriesDescription Abdomen"}


def test_the_corpus_is_the_same_every_time(plants: Plants, tmp_path: Path) -> None:
    again = plant(tmp_path / "again")
    digests = [
        [hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(made.folder.iterdir())] for made in (plants, again)
    ]
    assert digests[0] == digests[1]


def test_every_file_reads_and_has_pixels(plants: Plants) -> None:
    for path in sorted(plants.folder.iterdir()):
        ds = pydicom.dcmread(io.BytesIO(path.read_bytes()))
        assert ds.SOPInstanceUID
        assert "PixelData" in ds
    assert base.__doc__
