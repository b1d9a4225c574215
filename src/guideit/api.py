"""What a notebook needs of guideit: open a release, see what is in it, read images and tables.

::

    import guideit

    release = guideit.open("shelf/my-trial/1.0")      # a folder as downloaded; or an id and an archive
    release.series()                                  # a polars DataFrame, one row per series
    volume = release.volume(release.series()["series"][0])
    volume.array, volume.affine, volume.units
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from guideit.errors import SealBroken, UsageError
from guideit.trial.release import Release, release_from_json

if TYPE_CHECKING:
    import polars as pl
    from pydicom.dataset import FileDataset

    from guideit.dicom.volume import Volume


class Reader(Protocol):
    """Where a release's objects are read: any store of guideit is one."""

    def get(self, key: str) -> bytes:
        """The whole object."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Folder:
    """A release's folder as it lies on disk."""

    root: Path

    def get(self, key: str) -> bytes:
        """The whole object.

        Raises:
            SealBroken: It is not there.
        """
        try:
            return (self.root / key).read_bytes()
        except FileNotFoundError:
            raise SealBroken("an object of the release is missing", where=key) from None


@dataclass(frozen=True, kw_only=True)
class ReleaseView:
    """An opened release. Reading checks nothing: `guideit verify` does.

    Attributes:
        seal: What `release.json` says: version, licence, counts, objects.
    """

    seal: Release
    reader: Reader
    prefix: str = ""

    def __repr__(self) -> str:
        counts = self.seal.counts
        return f"<release {self.seal.id}: {counts.series} series, {counts.instances} instances>"

    @cached_property
    def _series(self) -> pl.DataFrame:
        return self._frame("index/series.parquet")

    @cached_property
    def _instances(self) -> pl.DataFrame:
        return self._frame("index/instances.parquet")

    def series(self, **where: object) -> pl.DataFrame:
        """One row per series: identity, modality, geometry, acquisition, counts.

        Args:
            where: Columns and the value they must have, as `modality="CT"`.

        Raises:
            UsageError: There is no such column.
        """
        return _filtered(self._series, where)

    def instances(self, **where: object) -> pl.DataFrame:
        """One row per instance, with the object, offset and length its bytes have in the release."""
        return _filtered(self._instances, where)

    def to_dataframe(self) -> pl.DataFrame:
        """Series joined with the first clean table that has one row per participant."""
        frame = self._series
        for table in self.tables().values():
            key = next((c for c in table.columns if set(table[c].cast(str)) >= set(frame["participant"])), None)
            if key and table[key].n_unique() == table.height:
                extra = table.rename({key: "participant"})
                return frame.join(extra, on="participant", how="left", suffix="_table")
        return frame

    def tables(self) -> dict[str, pl.DataFrame]:
        """Every clean clinical table by its id."""
        paths = [o.path for o in self.seal.objects if o.path.startswith("tables/")]
        return {Path(p).stem: self._frame(p) for p in paths if p.endswith(".parquet")}

    def dictionary(self, table: str) -> Mapping[str, object]:
        """The data dictionary of a table: labels, units, codes of its columns."""
        import json

        found: Mapping[str, object] = json.loads(self._get(f"tables/{table}.json"))
        return found

    def read(self, series: str) -> list[FileDataset]:
        """A series' instances as pydicom data sets, in the order they lie in the pack.

        Args:
            series: Series Instance UID of the release.

        Raises:
            UsageError: The release has no such series.
        """
        import pydicom

        from guideit.dicom.codecs import register

        register()
        pack = zipfile.ZipFile(io.BytesIO(self._get(self._pack(series))))
        return [pydicom.dcmread(io.BytesIO(pack.read(name))) for name in pack.namelist()]

    def volume(self, series: str) -> Volume:
        """A series as one array (z, y, x) with its affine to the patient's mm.

        Raises:
            UsageError: There is no such series, or it holds several volumes: see `volumes`.
            NotUnderstood: It is no regular grid (gantry tilt, uneven gaps), or a codec is missing.
        """
        found = self.volumes(series)
        if len(found) > 1:
            raise UsageError(f"the series holds {len(found)} volumes", where=series, do="use volumes() and choose one")
        return found[0]

    def volumes(self, series: str) -> list[Volume]:
        """One volume per acquisition, time point, echo, b-value or segment of a series."""
        from guideit.dicom.volume import volumes

        return volumes(self.read(series))

    def _get(self, path: str) -> bytes:
        return self.reader.get(self.prefix + path)

    def _frame(self, path: str) -> pl.DataFrame:
        import polars as pl

        return pl.read_parquet(io.BytesIO(self._get(path)))

    def _pack(self, series: str) -> str:
        for item in self.seal.objects:
            if item.path.startswith("images/") and item.path.endswith(f"/{series}.zip"):
                return item.path
        raise UsageError("the release has no such series", where=series, do="see release.series()")


def _filtered(frame: pl.DataFrame, where: Mapping[str, object]) -> pl.DataFrame:
    import polars as pl

    unknown = [name for name in where if name not in frame.columns]
    if unknown:
        raise UsageError(f"there is no column {unknown[0]!r}", do=f"one of {', '.join(frame.columns)}")
    for name, value in where.items():
        frame = frame.filter(pl.col(name) == value)
    return frame


def open(path_or_id: str | os.PathLike[str], archive: str | os.PathLike[str] | None = None) -> ReleaseView:
    """Open a release.

    Args:
        path_or_id: A release's folder (it holds `release.json`), or an id such as `my-trial/1.0`.
        archive: Where to look ids up; default `$GUIDEIT_ARCHIVE`, else the nearest archive upwards.

    Raises:
        UsageError: It is neither, or there is no archive.
        SealBroken: `release.json` is damaged.
    """
    folder = Path(path_or_id)
    if archive is None and (folder / "release.json").is_file():
        return _view(Folder(root=folder), "", str(folder))
    if archive is None and (folder.is_absolute() or folder.is_dir()):
        raise UsageError("this folder holds no release", where=str(folder), do="name the one with release.json in it")
    from guideit.settings import find_archive, read_settings
    from guideit.storage.open_store import open_store

    given = Path(archive) if archive is not None else None
    root = find_archive(given, start=Path.cwd(), environ=os.environ)
    plan = read_settings(root, environ=os.environ).plan
    store = open_store(plan.shelf_url, plan.shelf_options)
    release = str(path_or_id).strip("/")
    if not store.exists(f"{release}/release.json"):
        raise UsageError("the archive has no such release", where=release, do="guideit trial show --json")
    return _view(store, f"{release}/", release)


def _view(reader: Reader, prefix: str, where: str) -> ReleaseView:
    try:
        seal = release_from_json(reader.get(f"{prefix}release.json"))
    except ValueError as wrong:
        raise SealBroken("release.json is damaged", where=where, why=str(wrong)) from wrong
    return ReleaseView(seal=seal, reader=reader, prefix=prefix)
