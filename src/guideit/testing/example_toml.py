"""The example trial's declaration."""

from __future__ import annotations

_HEAD = """# A made-up randomised imaging trial: no person, hospital or number in it exists.
[trial]
id = "example"
title = "Example drug against standard care for liver lesions: a made-up two-arm imaging trial"
phase = "2"
licence = "CC-BY-4.0"

[trial.registrations]
nct = "NCT00000000"

[trial.sponsor]
name = "Example University Hospital"

[[contacts]]
name = "Data Steward"
mail = "steward@example.org"
role = "data steward"

[[arms]]
id = "drug"
title = "Example drug"
type = "experimental"

[[arms]]
id = "standard"
title = "Standard care"
type = "active-comparator"

[[sites]]
id = "S1"
title = "Site 1"
country = "DE"

[[sites]]
id = "S2"
title = "Site 2"
country = "JP"

[[sites]]
id = "S3"
title = "Site 3"
country = "LV"

[[visits]]
id = "baseline"
title = "Baseline"
day = 0
before = 14
after = 0

[[visits]]
id = "week-6"
title = "Week 6"
day = 42
before = 7
after = 7

[[visits]]
id = "week-12"
title = "Week 12"
day = 84
before = 7
after = 7

[[imaging]]
visit = "baseline"
modality = "CT"
body_part = "ABDOMEN"

[[imaging]]
visit = "baseline"
modality = "PT"
body_part = "ABDOMEN"

[[imaging]]
visit = "baseline"
modality = "MR"
body_part = "PROSTATE"

[[imaging]]
visit = "week-6"
modality = "CT"
body_part = "ABDOMEN"

[[imaging]]
visit = "week-12"
modality = "CT"
body_part = "ABDOMEN"

[risk]
access = "controlled"
threshold = 1.0
reason = "every person in it is made up: there is nobody to recognise"

[participants]
crosswalk = "tables/crosswalk.csv"
source_id = "patient_id"
pseudonym = "participant"
site = "site"
arm = "arm"
"""

_COLUMNS: dict[str, tuple[str, str, tuple[tuple[str, str, str], ...]]] = {
    "participants": (
        "tables/participants.csv",
        "csv",
        (
            ("Patienten-ID", "identifier", 'label = "Participant"'),
            ("Geburtsdatum", "date", 'label = "Birth date", date_format = "%d.%m.%Y"'),
            ("Geschlecht", "quasi-identifier", 'label = "Sex", codelist = { F = "female", M = "male" }'),
            ("Alter", "quasi-identifier", 'label = "Age at baseline", unit = "a"'),
            ("Zentrum", "site", ""),
            ("Arm", "arm", ""),
            ("Groesse", "number", 'label = "Height", unit = "cm"'),
        ),
    ),
    "sv": (
        "tables/sv.csv",
        "csv",
        (
            ("USUBJID", "identifier", ""),
            ("VISITNUM", "number", ""),
            ("VISIT", "visit", ""),
            ("VISITDY", "number", ""),
            ("SVSTDTC", "date", ""),
        ),
    ),
    "tr": (
        "tables/tr.json",
        "dataset-json",
        (
            ("USUBJID", "identifier", ""),
            ("TRLNKID", "code", ""),
            ("TRTESTCD", "code", ""),
            ("TRSTRESN", "number", 'label = "Longest diameter", unit = "mm"'),
            ("VISIT", "visit", ""),
            ("TRDTC", "date", ""),
        ),
    ),
    "rs": (
        "tables/rs.csv",
        "csv",
        (
            ("USUBJID", "identifier", ""),
            ("RSTESTCD", "code", ""),
            ("RSSTRESC", "outcome", 'label = "Overall response"'),
            ("VISIT", "visit", ""),
            ("RSDTC", "date", ""),
        ),
    ),
    "adverse-events": (
        "tables/adverse-events.csv",
        "csv",
        (
            ("subject", "identifier", ""),
            ("term", "code", ""),
            ("narrative", "free-text", ""),
            ("onset", "date", ""),
        ),
    ),
    "labs": (
        "tables/labs.parquet",
        "parquet",
        (
            ("subject", "identifier", ""),
            ("visit", "visit", ""),
            ("sampled", "date", ""),
            ("hb", "number", 'label = "Haemoglobin", unit = "g/dL"'),
        ),
    ),
}


def trial_toml() -> str:
    """`trial.toml` of the example trial; tables and crosswalk lie in `tables/` beside it."""
    return _HEAD + "".join(_table(name) for name in _COLUMNS)


def _table(name: str) -> str:
    path, kind, columns = _COLUMNS[name]
    head = f'\n[[tables]]\nid = "{name}"\nfile = "{path}"\nformat = "{kind}"\ncolumns = [\n'
    return head + "".join(_column(*column) for column in columns) + "]\n"


def _column(name: str, role: str, more: str) -> str:
    return f'  {{ name = "{name}", role = "{role}"{", " + more if more else ""} }},\n'
