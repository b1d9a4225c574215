"""What a participant's released headers tell people who know them: body, device, days of visits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

READ = (
    "PatientSex", "PatientAge", "PatientSize", "PatientWeight", "ClinicalTrialSiteID", "Manufacturer",
    "ManufacturerModelName", "StudyDate",
)  # fmt: skip
"""Columns of the index that facts are made from."""
_AGE = re.compile(r"(\d{3})([DWMY])")
_YEARS = {"D": 365.25, "W": 52.18, "M": 12.0, "Y": 1.0}


@dataclass(frozen=True, kw_only=True)
class HeaderFacts:
    """Of one participant, over all released series. None and empty: not released.

    Attributes:
        sex: Patient's Sex (0010,0040).
        age: Years at the first study, from Patient's Age (0010,1010).
        size: Centimetres. weight: Kilograms.
        site: Clinical Trial Site ID (0012,0030).
        devices: Manufacturers with their models.
        days: Days of studies, as released, sorted.
    """

    sex: str | None = None
    age: int | None = None
    size: int | None = None
    weight: int | None = None
    site: str | None = None
    devices: frozenset[str] = frozenset()
    days: tuple[date, ...] = ()

    @property
    def course(self) -> tuple[int, int] | None:
        """Number of days with images and months of four weeks from first to last, which no shift of dates changes."""
        return (len(self.days), months((self.days[-1] - self.days[0]).days)) if self.days else None


def months(days: int) -> int:
    """Months of four weeks, rounded."""
    return round(days / 28)


def header_facts(rows: Iterable[Mapping[str, object]]) -> HeaderFacts:
    """Facts from the index rows (`guideit.dicom.index`) of one participant's instances."""
    seen = list(rows)
    days = sorted({day for row in seen if (day := _day(row.get("StudyDate")))})
    ages = [age for row in seen if (age := _age(row.get("PatientAge"))) is not None]
    sizes, weights = _numbers(seen, "PatientSize"), _numbers(seen, "PatientWeight")
    return HeaderFacts(
        sex=_first(seen, "PatientSex"),
        age=min(ages, default=None),
        size=round(100 * sizes[0]) if sizes else None,
        weight=round(weights[0]) if weights else None,
        site=_first(seen, "ClinicalTrialSiteID"),
        devices=frozenset(device for row in seen if (device := _device(row))),
        days=tuple(days),
    )


def _first(rows: Iterable[Mapping[str, object]], name: str) -> str | None:
    """The value that stands first in the order of texts, so that the order of files does not matter."""
    return min((str(row[name]) for row in rows if row.get(name)), default=None)


def _numbers(rows: Iterable[Mapping[str, object]], name: str) -> list[float]:
    found = {value for row in rows if isinstance(value := row.get(name), int | float) and value > 0}
    return sorted(float(value) for value in found)


def _device(row: Mapping[str, object]) -> str:
    return " ".join(str(row[name]) for name in ("Manufacturer", "ManufacturerModelName") if row.get(name))


def _age(text: object) -> int | None:
    found = _AGE.fullmatch(str(text or "").strip())
    return int(int(found[1]) / _YEARS[found[2]]) if found else None


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text or ""))
    except ValueError:
        return None
