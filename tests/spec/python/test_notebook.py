"""Python: a release in a notebook.

`guideit.open` takes a release's folder as downloaded, or an id and an archive. Nothing else is needed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, HTJ2KLossless, JPEGLosslessSV1, JPEGLSLossless

import guideit
from guideit.catalogue.index_files import IndexedInstance, write_index
from guideit.dicom.volume import volumes
from guideit.errors import NotUnderstood, SealBroken, UsageError
from guideit.testing.derived import enhanced_ct
from guideit.testing.encodings import recode, to_bytes
from guideit.testing.objects import Scan, ct_slice, mr_slice
from guideit.testing.people import people
from guideit.testing.volumes import Lesion, centred_grid, ct_volume, mr_volume
from guideit.trial.release import Counts, Release, ReleaseObject

GRID = centred_grid(5, 32, 320.0, 4.0)
LESION = Lesion(centre=(-60.0, -15.0, 8.0), diameter=30.0)
HU = np.round(ct_volume(GRID, LESION, 1)).astype(np.int16)
SCAN = Scan(person=people(1, 3)[0], visit="baseline", day=date(2021, 5, 4), series=2, description="CT")


def ct_series() -> list[Dataset]:
    return [ct_slice(SCAN, GRID, index, HU[index]) for index in range(5)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release as it lies on the shelf: one CT series, one table, the index, the seal."""
    root = tmp_path_factory.mktemp("shelf") / "made-up" / "1.0"
    series, study = SCAN.series_uid, SCAN.study_uid
    pack = root / "images" / "P1" / study / f"{series}.zip"
    pack.parent.mkdir(parents=True)
    rows = []
    with zipfile.ZipFile(pack, "w") as archive:
        for ds in reversed(ct_series()):
            archive.writestr(f"{ds.SOPInstanceUID}.dcm", to_bytes(ds))
            place = dict(participant="P1", study=study, series=series, instance=str(ds.SOPInstanceUID))
            header = {"modality": "CT"}
            rows.append(IndexedInstance(**place, pack="p", offset=0, length=1, header=header))  # type: ignore[arg-type]
    write_index(rows, root / "index", [("modality", "string")])
    (root / "tables").mkdir()
    (root / "tables" / "dm.json").write_text('{"table": "dm"}')
    import polars as pl

    pl.DataFrame({"subject": ["P1"], "arm": ["drug"]}).write_parquet(root / "tables" / "dm.parquet")
    files = sorted(p for p in root.rglob("*") if p.is_file())
    objects = tuple(
        ReleaseObject(
            path=p.relative_to(root).as_posix(),
            size=p.stat().st_size,
            sha256=hashlib.sha256(p.read_bytes()).hexdigest(),
        )
        for p in files
    )
    seal = Release(
        trial="made-up",
        version="1.0",
        title="Made up",
        date="2026-11-23",
        licence="CC-BY-4.0",
        previous=None,
        policy_digest="0",
        tool="guideit 0.1.0",
        counts=Counts(participants=1, studies=1, series=1, instances=5, tables=1),
        objects=objects,
    )
    (root / "release.json").write_text(seal.to_json(), encoding="utf-8")
    return root


def test_importing_guideit_imports_nothing_heavy() -> None:
    """`import guideit` loads no pydicom, numpy, polars or SQLAlchemy."""
    heavy = "pydicom numpy polars pyarrow sqlalchemy"
    script = f"import guideit, sys; print([m for m in '{heavy}'.split() if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_folder_opens_without_an_archive(folder: Path) -> None:
    """The seal says what is inside; `series()` and `instances()` are polars DataFrames."""
    release = guideit.open(folder)
    assert repr(release) == "<release made-up/1.0: 1 series, 5 instances>"
    assert release.series().height == 1
    assert release.series(modality="CT")["series"].to_list() == [SCAN.series_uid]
    assert release.series(modality="MR").is_empty()
    assert release.instances(series=SCAN.series_uid).height == 5


def test_a_column_that_is_not_there_is_named_with_those_that_are(folder: Path) -> None:
    """Typing errors are told, with what could have been meant."""
    with pytest.raises(UsageError, match=r"no column 'modalty'(.|\n)*modality"):
        guideit.open(folder).series(modalty="CT")


def test_tables_and_their_dictionary(folder: Path) -> None:
    """Clean tables come by id; `to_dataframe()` joins the participants' table to the series."""
    release = guideit.open(folder)
    assert list(release.tables()) == ["dm"]
    assert release.dictionary("dm") == {"table": "dm"}
    assert release.to_dataframe()["arm"].to_list() == ["drug"]


def test_a_series_is_read_as_pydicom_data_sets(folder: Path) -> None:
    """`read(series)` gives the instances with their pixels."""
    found = guideit.open(folder).read(SCAN.series_uid)
    assert len(found) == 5
    assert found[0].Modality == "CT"


def test_a_series_is_read_as_a_volume_in_real_units(folder: Path) -> None:
    """`volume(series)` sorts the slices, rescales, and says where each voxel lies in the patient."""
    volume = guideit.open(folder).volume(SCAN.series_uid)
    assert np.array_equal(volume.array, HU.astype(np.float32))
    assert volume.units == "HU"
    assert volume.spacing == pytest.approx((4.0, 10.0, 10.0))
    where = volume.affine @ np.array([3, 2, 1, 1])
    assert where[:3] == pytest.approx([GRID.origin[0] + 10, GRID.origin[1] + 20, 12.0])
    assert (volume.affine_ras @ np.array([3, 2, 1, 1]))[:2] == pytest.approx(-where[:2])


def test_enhanced_multi_frame_objects_are_volumes_too() -> None:
    """Positions and rescale come from the functional groups."""
    (volume,) = volumes([enhanced_ct(SCAN, GRID, HU.astype(np.float32))])
    assert np.array_equal(volume.array, HU.astype(np.float32))
    assert volume.spacing == pytest.approx((4.0, 10.0, 10.0))
    assert volume.units == "HU"


def test_b_values_are_volumes_of_their_own() -> None:
    """A diffusion series gives one volume per b-value, also where only private elements say it."""
    slices = [
        mr_slice(SCAN, GRID, index, mr_volume(GRID, LESION, b, 1)[index], b) for b in (0, 800) for index in range(5)
    ]
    low, high = volumes(slices)
    assert low.array.mean() > 2 * high.array.mean()


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, JPEGLSLossless, HTJ2KLossless, JPEGLosslessSV1])
def test_compressed_pixels_are_decoded(syntax: str) -> None:
    """What guideit installs decodes every lossless syntax: no further plugin is needed."""
    (volume,) = volumes([recode(ds, syntax) for ds in ct_series()])  # type: ignore[arg-type]
    assert np.array_equal(volume.array, HU.astype(np.float32))


def tilted() -> list[Dataset]:
    found = ct_series()
    for n, ds in enumerate(found):
        ds.ImagePositionPatient = [0, 1.5 * n, 4 * n]
    return found


def gap() -> list[Dataset]:
    return [ds for n, ds in enumerate(ct_series()) if n != 2]


def two_sizes() -> list[Dataset]:
    found = ct_series()
    found[1].Rows = 16
    return found


def nowhere() -> list[Dataset]:
    found = ct_series()
    del found[1].ImagePositionPatient
    return found


def mosaic() -> list[Dataset]:
    found = ct_series()
    found[0].ImageType = ["ORIGINAL", "PRIMARY", "MOSAIC"]
    return found


@pytest.mark.parametrize(
    ("series", "why"),
    [
        (tilted, "gantry tilt"),
        (gap, "not evenly spaced"),
        (two_sizes, "size"),
        (nowhere, "ImagePositionPatient is missing"),
        (mosaic, "mosaic"),
        (list, "no images"),
    ],
)
def test_what_is_no_regular_grid_is_refused(series: object, why: str) -> None:
    """Nothing is resampled or guessed: the error says why and what to do."""
    with pytest.raises(NotUnderstood, match=why):
        volumes(series())  # type: ignore[operator]


def test_pixels_that_cannot_be_decoded_are_a_clear_error() -> None:
    """A damaged or unknown codestream names its syntax."""
    found = [recode(ds, JPEGLSLossless) for ds in ct_series()]
    found[2].PixelData = found[2].PixelData[:40]
    with pytest.raises(NotUnderstood, match="JPEG-LS Lossless"):
        volumes(found)


def test_an_id_is_looked_up_in_an_archive(tmp_path: Path, folder: Path) -> None:
    """`guideit.open("trial/version", archive=DIR)`; without `archive`, as every command does."""
    (tmp_path / "guideit.toml").write_text("", encoding="utf-8")
    shutil.copytree(folder, tmp_path / "shared" / "shelf" / "made-up" / "1.0")
    release = guideit.open("made-up/1.0", archive=tmp_path)
    assert release.volume(SCAN.series_uid).array.shape == (5, 32, 32)
    with pytest.raises(UsageError, match="no such release"):
        guideit.open("made-up/2.0", archive=tmp_path)


def test_a_folder_that_is_no_release_is_told(tmp_path: Path, folder: Path) -> None:
    """So is a series that is not there, and a seal that is damaged."""
    with pytest.raises(UsageError, match="holds no release"):
        guideit.open(tmp_path)
    with pytest.raises(UsageError, match="no such series"):
        guideit.open(folder).read("2.25.99")
    (tmp_path / "release.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(SealBroken, match="damaged"):
        guideit.open(tmp_path)
