"""A series' pixels looked at before it is cleaned, and each instance treated: what a worker process does."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from guideit.deid.faces.find import find_head
from guideit.deid.faces.head import Head
from guideit.deid.known import KnownIdentifiers
from guideit.deid.pixels.frames import PixelFile, open_pixels
from guideit.deid.pixels.reader import TextReader, open_reader
from guideit.deid.pixels.source import read_source
from guideit.deid.sight import Sight
from guideit.deid.subject import Subject
from guideit.deid.treatment import Treatment, treat, treated
from guideit.errors import NotUnderstood
from guideit.trial.deidentification import DeidSettings


@dataclass(frozen=True, kw_only=True)
class Looking:
    """What is done to each instance of a series: `numbers` are its files that hold a picture."""

    treatment: Treatment
    headers: Sequence[Mapping[str, Any]] = field(repr=False)
    numbers: Mapping[int, int]

    def treated(self, number: int, data: bytes) -> tuple[bytes, dict[str, Any]]:
        """File `number` of the series, its pixels cleaned, and where that was done.

        Raises:
            NotUnderstood: They cannot be.
        """
        if number not in self.numbers and read_source(data) is not None:
            raise NotUnderstood("pixels whose size is not stated", where="(0028,0010)")
        if number not in self.numbers or not self.treatment.acts:
            return data, {}
        return treated(self.treatment, self.numbers[number], data, self.headers[number])


def look_at_series(
    paths: Sequence[Path],
    headers: Sequence[Mapping[str, Any]],
    settings: DeidSettings,
    sight: Sight,
    subject: Subject,
) -> Looking:
    """Decide what is done to a series' pixels.

    Raises:
        DetectorMissing: What has to look is not installed.
    """
    pictures = [number for number, header in enumerate(headers) if header.get("Rows")]
    treatment = treat(
        [partial(_opened, paths[number]) for number in pictures],
        [headers[number] for number in pictures],
        settings,
        sight,
        reader=text_reader,
        names=_names(subject),
    )
    return Looking(treatment=treatment, headers=headers, numbers={number: at for at, number in enumerate(pictures)})


def head_in(series: Sequence[Sequence[Path]], *, faceless: bool) -> Head:
    """The head, or that there is none, in all series of one participant's frame of reference.

    Args:
        series: Files of each.
        faceless: Whether every header names a part of the body without a face.

    Raises:
        DetectorMissing: What compares volumes is not installed.
    """
    return find_head([[partial(_opened, path) for path in paths] for paths in series], faceless=faceless)


@lru_cache(maxsize=1)
def text_reader() -> TextReader:
    """What reads text, loaded once for a process."""
    return open_reader()


@lru_cache(maxsize=4)
def _names(subject: Subject) -> Callable[[str], bool]:
    return KnownIdentifiers(subject.identifiers).contains


def _opened(path: Path) -> PixelFile:
    """An instance, mapped: a file of 2 GB costs no memory."""
    with path.open("rb") as source:
        file = open_pixels(memoryview(mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ)))
    if file is None:
        raise NotUnderstood("an image without pixels")
    return file
