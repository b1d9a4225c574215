"""What the trial says about who will have its data, and how much risk of being recognised it allows: `[risk]`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

EMA_THRESHOLD = 0.09
"""The European Medicines Agency's bound on the probability that a participant is recognised (guidance on Policy 0070,
EMA/90915/2016): about one in eleven."""


class Access(StrEnum):
    """Who may have the data."""

    PUBLIC = "public"
    REGISTERED = "registered"
    CONTROLLED = "controlled"
    ENCLAVE = "enclave"


class Coarser(StrEnum):
    """Ways to write a column's values coarser."""

    AGES = "ages"
    BANDS = "bands"
    ICD10 = "icd10"
    DATES = "dates"
    OFFSETS = "offsets"
    SITES = "sites"
    GROUPS = "groups"
    ALL_OR_NOTHING = "all-or-nothing"
    NEVER = "never"


@dataclass(frozen=True, kw_only=True)
class Population:
    """Whom the participants were drawn from: who somebody who does not know who took part has to choose among.

    Attributes:
        name: Who they are, in words (`adults treated for liver metastases in the three regions, 2021-2023`).
        size: How many.
        file: A CSV file beside trial.toml with one row per person and columns named as the tables' columns; it stays
            private.
    """

    name: str = ""
    size: int = 0
    file: str = ""

    @property
    def named(self) -> bool:
        """Whether one is named."""
        return bool(self.name and (self.size or self.file))


@dataclass(frozen=True, kw_only=True)
class RiskSettings:
    """Who will have the data, and how much risk is allowed.

    Attributes:
        access: Who may have them. `controlled`: named researchers under a contract, after a committee's decision.
        threshold: Largest probability, of any participant, of being recognised.
        reason: Why the threshold is not the European Medicines Agency's.
        coarsen: Whether tables are made coarser until the threshold holds among them.
        blanked: Largest share of participants all of whose quasi-identifiers may be blanked for that.
        catchment: People living where the participants were recruited; unknown (0): one to eighty million.
        population: Whom the participants were drawn from.
    """

    access: Access = Access.CONTROLLED
    threshold: float = EMA_THRESHOLD
    reason: str = ""
    coarsen: bool = True
    blanked: float = 0.05
    catchment: int = 0
    population: Population = Population()
