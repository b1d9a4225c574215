"""What a trial declares: the values behind trial.toml.

The reader, the JSON Schema and the reference page are made from these classes: a field's type says what may be
written, its line under "Attributes" says what it means. A field without a default must be written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from guideit.trial.deidentification import DeidSettings
from guideit.trial.risk import Coarser, RiskSettings


class Role(StrEnum):
    """What a column of a clinical table is."""

    IDENTIFIER = "identifier"
    DATE = "date"
    QUASI_IDENTIFIER = "quasi-identifier"
    OUTCOME = "outcome"
    FREE_TEXT = "free-text"
    SITE = "site"
    ARM = "arm"
    VISIT = "visit"
    CODE = "code"
    NUMBER = "number"
    AGE = "age"
    SENSITIVE = "sensitive"


class TableFormat(StrEnum):
    """How a clinical table is stored."""

    CSV = "csv"
    PARQUET = "parquet"
    DATASET_JSON = "dataset-json"


class ConsentDefault(StrEnum):
    """What holds for a participant without a consent record of their own."""

    PERMIT = "permit"
    DENY = "deny"


@dataclass(frozen=True, kw_only=True)
class Sponsor:
    """Who answers for the trial.

    Attributes:
        name: Name of the organisation.
        ror: Its ROR id.
    """

    name: str
    ror: str = ""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What the trial is: table `[trial]`.

    Attributes:
        id: Short id in lower case; names folders, so letters, digits and hyphens only.
        title: Full title.
        acronym: Short title.
        description: A few sentences for people who look for data.
        phase: Phase of the trial (`1`, `2`, `3`, `4`, `n/a`).
        licence: SPDX id of the licence of the data, or a URL.
        protocol: The protocol's id; written into the DICOM attribute Clinical Trial Protocol ID.
        registrations: Ids by registry (`nct`, `ctis`, `eudract`, `drks`, `isrctn`, `doi`).
        sponsor: Who answers for the trial.
        funding: Who paid, with grant numbers.
    """

    id: str
    title: str
    acronym: str = ""
    description: str = ""
    phase: str = ""
    licence: str = ""
    protocol: str = ""
    registrations: Mapping[str, str] = field(default_factory=dict)
    sponsor: Sponsor = Sponsor(name="")
    funding: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Whom to ask.

    Attributes:
        name: A person or an office.
        mail: Mail address.
        role: What for.
        orcid: ORCID of a person.
    """

    name: str
    mail: str = ""
    role: str = ""
    orcid: str = ""


@dataclass(frozen=True, kw_only=True)
class Arm:
    """An arm of the trial.

    Attributes:
        id: Short id, as in the tables or the crosswalk.
        title: What participants of this arm got.
        type: CDISC arm type (`experimental`, `active-comparator`, `placebo-comparator`, `no-intervention`).
    """

    id: str
    title: str
    type: str = ""


@dataclass(frozen=True, kw_only=True)
class Site:
    """A trial site.

    Attributes:
        id: Short id, as released: choose one that names nobody.
        title: Name as released.
        country: ISO 3166 code.
        ror: ROR id, if the site may be named.
    """

    id: str
    title: str = ""
    country: str = ""
    ror: str = ""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A planned visit.

    Attributes:
        id: Short id.
        title: Name.
        day: Planned day, counted from baseline (0).
        before: Days the visit may be early.
        after: Days it may be late.
    """

    id: str
    title: str = ""
    day: int
    before: int = 0
    after: int = 0


@dataclass(frozen=True, kw_only=True)
class ExpectedImaging:
    """Imaging the protocol asks for.

    Attributes:
        visit: Id of the visit.
        modality: Modality (0008,0060).
        body_part: Body Part Examined (0018,0015), empty for any.
        series: Pattern of the series description, empty for any.
        required: Whether its absence is a finding.
    """

    visit: str
    modality: str
    body_part: str = ""
    series: str = ""
    required: bool = True


@dataclass(frozen=True, kw_only=True)
class Participants:
    """How participants are told apart and named.

    Attributes:
        prefix: Beginning of pseudonyms; default: the trial's id in capitals.
        crosswalk: A CSV file beside trial.toml with one row per participant; it stays private.
        source_id: The crosswalk's column with the Patient ID of the sources.
        pseudonym: The crosswalk's column with the name to release; without it pseudonyms come from the key.
        site: The crosswalk's column with the site's id.
        arm: The crosswalk's column with the arm's id.
    """

    prefix: str = ""
    crosswalk: str = ""
    source_id: str = "source_id"
    pseudonym: str = ""
    site: str = ""
    arm: str = ""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a clinical table; one that is not declared is not released.

    Attributes:
        name: As in the source's header.
        role: What it is.
        label: For people.
        unit: UCUM unit.
        date_format: How dates are written (`%d.%m.%Y`); ISO 8601 when empty.
        codelist: Meanings by code.
        coarser: How its values are written coarser where they single somebody out; told from role and name when empty.
        level: The least level of `coarser` it is written at (0: as it is); the risk may ask for more.
        widths: Of `bands`, from fine to coarse, each a multiple of the one before.
        groups: Of `groups`: the group of each value.
    """

    name: str
    role: Role
    label: str = ""
    unit: str = ""
    date_format: str = ""
    codelist: Mapping[str, str] = field(default_factory=dict)
    coarser: Coarser | None = None
    level: int = 0
    widths: tuple[int, ...] = ()
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Table:
    """A clinical table.

    Attributes:
        id: Names the released files.
        file: Path of the source, from trial.toml or from a submitted source; `*` stands for any name.
        format: How it is stored; told from the file's name when empty.
        label: For people.
        columns: What to release, in order.
    """

    id: str
    file: str
    format: TableFormat | None = None
    label: str = ""
    columns: tuple[Column, ...]


@dataclass(frozen=True, kw_only=True)
class Consent:
    """On what sharing rests.

    Attributes:
        default: What holds for a participant without a record of their own.
        basis: The document or law it rests on.
        version: Version of that document.
    """

    default: ConsentDefault = ConsentDefault.PERMIT
    basis: str = ""
    version: str = ""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A condition of use.

    Attributes:
        code: A term of the Data Use Ontology (`DUO:0000042`) or of guideit's own list.
        until: ISO date it holds to, for terms with a time limit.
        disease: MONDO ids, for terms about a disease.
        countries: ISO 3166 codes, for terms about places.
        text: Words of the consent or contract it stands for.
    """

    code: str
    until: str = ""
    disease: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Embargo:
    """When release waits.

    Attributes:
        until: ISO date before which nothing is served.
        reason: Why.
    """

    until: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A trial as declared in trial.toml.

    Attributes:
        trial: What the trial is.
        contacts: Whom to ask.
        arms: Arms.
        sites: Sites.
        visits: Planned visits.
        imaging: Imaging the protocol asks for.
        participants: How participants are told apart and named.
        tables: Clinical tables.
        deidentification: What happens to every DICOM attribute.
        risk: Who will have the data, and how much risk is allowed.
        consent: On what sharing rests.
        conditions: Conditions of use.
        embargo: When release waits.
        money: Costs and prices, kept as written.
    """

    trial: Identity
    contacts: tuple[Contact, ...] = ()
    arms: tuple[Arm, ...] = ()
    sites: tuple[Site, ...] = ()
    visits: tuple[Visit, ...] = ()
    imaging: tuple[ExpectedImaging, ...] = ()
    participants: Participants = Participants()
    tables: tuple[Table, ...] = ()
    deidentification: DeidSettings = field(default_factory=DeidSettings)
    risk: RiskSettings = field(default_factory=RiskSettings)
    consent: Consent = Consent()
    conditions: tuple[Condition, ...] = ()
    embargo: Embargo = Embargo()
    money: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The trial's id."""
        return self.trial.id

    @property
    def title(self) -> str:
        """The trial's title."""
        return self.trial.title

    @property
    def prefix(self) -> str:
        """Beginning of pseudonyms."""
        return self.participants.prefix or self.id.upper()
