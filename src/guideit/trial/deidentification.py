"""The de-identification settings a trial declares: `[deidentification]` in trial.toml.

The same table alone, in a file, is what `guideit deid --policy FILE` reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Option(StrEnum):
    """The twelve options of PS3.15 Annex E (CID 7050, codes 113101 to 113112)."""

    CLEAN_PIXEL_DATA = "clean-pixel-data"
    CLEAN_RECOGNIZABLE_VISUAL_FEATURES = "clean-recognizable-visual-features"
    CLEAN_GRAPHICS = "clean-graphics"
    CLEAN_STRUCTURED_CONTENT = "clean-structured-content"
    CLEAN_DESCRIPTORS = "clean-descriptors"
    RETAIN_LONGITUDINAL_FULL_DATES = "retain-longitudinal-full-dates"
    RETAIN_LONGITUDINAL_MODIFIED_DATES = "retain-longitudinal-modified-dates"
    RETAIN_PATIENT_CHARACTERISTICS = "retain-patient-characteristics"
    RETAIN_DEVICE_IDENTITY = "retain-device-identity"
    RETAIN_INSTITUTION_IDENTITY = "retain-institution-identity"
    RETAIN_UIDS = "retain-uids"
    RETAIN_SAFE_PRIVATE = "retain-safe-private"


DEFAULT_OPTIONS = frozenset(
    {
        Option.CLEAN_DESCRIPTORS,
        Option.CLEAN_STRUCTURED_CONTENT,
        Option.CLEAN_GRAPHICS,
        Option.RETAIN_LONGITUDINAL_MODIFIED_DATES,
        Option.RETAIN_PATIENT_CHARACTERISTICS,
        Option.RETAIN_SAFE_PRIVATE,
    }
)
"""What a trial gets when it says nothing: interpretable images, shifted dates, no device or site identity."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Override:
    """One exception to the policy.

    Attributes:
        target: A DICOM keyword (`StudyID`), a tag (`(0020,0010)`), or a private element by creator
            (`(0019,xx0c) SIEMENS MR HEADER`).
        action: `keep`, `remove`, `zero`, `dummy`, `clean` or `uid` (K X Z D C U of PS3.15 Table E.1-1).
        why: The steward's reason; required, it goes into the evidence.
    """

    target: str
    action: str
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DeidSettings:
    """What the trial asks of de-identification.

    Attributes:
        options: Options of PS3.15 on top of the basic profile.
        overrides: Exceptions, each with its reason.
        keep_words: Words kept in descriptions besides the built-in vocabulary (protocol and sequence names).
        shift_days: Smallest and largest shift of dates, in days, both positive; dates move into the past.
        oldest_age: Ages above this, in years, are written as this (HIPAA Safe Harbor: 89).
        accept: Rule ids of `hold.*` findings that the trial accepts: such series pass without review.
        drop_modalities: Modalities (0008,0060) left out of the release (`SR`, `PR`, `KO`).
    """

    options: frozenset[Option] = DEFAULT_OPTIONS
    overrides: tuple[Override, ...] = ()
    keep_words: tuple[str, ...] = ()
    shift_days: tuple[int, int] = (365, 3650)
    oldest_age: int = 89
    accept: frozenset[str] = frozenset()
    drop_modalities: frozenset[str] = frozenset()
