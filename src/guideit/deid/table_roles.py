"""What a column is likely to be, by SDTM's naming rules and by what hospitals call things (EN, DE, FR).

A suggestion only: it fills drafts and messages, and says which undeclared columns hold known identifiers.
It never lets a column pass.
"""

from __future__ import annotations

import re

_SDTM: tuple[tuple[str, str], ...] = (
    (r"USUBJID|SUBJID|RSUBJID", "identifier"),
    (r"BRTHDTC", "birth-date"),
    (r"[A-Z]{2,6}DTC|[A-Z]{2}(ST|EN)DT", "date"),
    (r"SITEID|INVID", "site"),
    (r"ARM|ARMCD|ACTARM|ACTARMCD", "arm"),
    (r"VISIT|VISITNUM|VISITDY|EPOCH", "visit"),
    (r"AGE|SEX|RACE|ETHNIC|COUNTRY", "quasi-identifier"),
    (r"[A-Z]{2}STRESN|[A-Z]{2}SEQ|[A-Z]{2}(ST|EN)?DY|[A-Z]{2}DOSE", "number"),
    (r"[A-Z]{2}(STRESC|ORRES)", "outcome"),
    (r"[A-Z]{2}(TESTCD|TEST|CAT|SCAT|LOC|LAT|METHOD|DECOD|BODSYS|SOC|SEV|SER|REL|OUT|STRESU|ORRESU)", "code"),
    (r"STUDYID|DOMAIN|RDOMAIN|AGEU|[A-Z]{2}(EVAL|EVALID|ACPTFL|LNKID|GRPID)|[A-Z]+FL", "code"),
    (r"[A-Z]{2}(TERM|MODIFY|REASND|COM|VAL)|COVAL|INVNAM", "free-text"),
)
_KINDS: tuple[tuple[str, str], ...] = (
    (r".*(geb(urts)?_?(dat|tag)|birth|dob|naissance|brthdt).*", "date"),
    (r".*(phone|tele?fon|handy|mobil|\btel\b|fax|rufnummer).*", "phone"),
    (r".*(e-?mail|courriel).*", "mail"),
    (r".*(adress|street|stra(ss|ß)e|wohnort|\bort\b|plz|\bzip|postal|postcode|rue|ville).*", "address"),
    (r".*(hospital|klinik|institution|hôpital|praxis).*", "institution"),
    (r".*(initial|kürzel).*", ""),
    (
        r".*(name|nachname|vorname|surname|prénom|prenom|\bnom\b|arzt|physician|doctor|investigator|invnam).*",
        "name",
    ),
    (
        r".*(patient(en)?.?(id|nr|nummer|number)|fall.?(nr|nummer)|case.?(id|number)|mrn|versicher|insur).*",
        "id",
    ),
    (r".*(acc(ession)?.?(no|nr|number)|social.?sec|ssn|nhs|ahv|screening.?(nr|no|number|id)).*", "id"),
)


def suggest_role(column: str) -> str:
    """The role SDTM's naming rules give a column; "" where they say nothing."""
    return next((role for pattern, role in _SDTM if re.fullmatch(pattern, column)), "")


def identifier_kind(column: str) -> str:
    """The kind of identifier (`name`, `id`, `date`, ...) a column's name says it holds; "" for none.

    Initials are none: two letters would be searched for in every description.
    """
    name = column.casefold()
    return next((kind for pattern, kind in _KINDS if re.fullmatch(pattern, name)), "")


def holds_age(column: str, unit: str) -> bool:
    """Whether a column of numbers is an age in years: it is then capped."""
    named = re.fullmatch(r"age|alter|âge|age_?(at|bei|years|jahre|j|y).*|.*_age", column.casefold())
    return bool(named) or (unit.casefold() in {"a", "year", "years", "jahre", "ans"} and "ag" in column.casefold())
