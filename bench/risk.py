"""Disclosure risk of a table of 100,000 participants and eight quasi-identifiers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from guideit.deid.risk.classes import classes
from guideit.deid.risk.diversity import diversity, recursive_diversity
from guideit.deid.risk.explain import why_rare
from guideit.deid.risk.headers import HeaderFacts
from guideit.deid.risk.hierarchies import Hierarchy, ages, all_or_nothing, bands, dates, groups, icd10
from guideit.deid.risk.images import ImageFacts
from guideit.deid.risk.joint import ParticipantFacts, Surroundings, assess
from guideit.deid.risk.optimiser import Aim, coarsen
from guideit.deid.risk.population import population_uniqueness
from guideit.deid.risk.reidentification import marketer, prosecutor, uniqueness
from guideit.deid.risk.remedies import remedies
from guideit.trial.risk import EMA_THRESHOLD, RiskSettings

RECORDS = 100_000
JOINT = 5_000
SITES = "ABCDEFGHIJKL"
HIERARCHIES: dict[str, Hierarchy] = {
    "age": ages(), "sex": all_or_nothing(), "icd": icd10(), "height": bands((5, 10, 20)), "weight": bands((5, 10, 20)),
    "enrolled": dates(), "ecog": all_or_nothing(),
    "site": groups(("region", dict(zip(SITES, ["n"] * 4 + ["s"] * 4 + ["w"] * 4, strict=True)))),
}  # fmt: skip


AROUND = Surroundings(risk=RiskSettings(), hierarchies=HIERARCHIES, same={"age": "age", "sex": "sex"})


def made_up(records: int) -> pl.DataFrame:
    """Participants with missing values, and an outcome."""
    rng = np.random.default_rng(1)
    days = np.datetime64("2018-01-01") + rng.integers(0, 1500, records).astype("timedelta64[D]")
    codes = [f"C{a:02d}.{b}" for a, b in zip(rng.integers(0, 60, records), rng.integers(0, 9, records), strict=True)]
    columns: dict[str, tuple[Any, float]] = {
        "age": (np.clip(rng.normal(60, 14, records), 18, 95).astype(int), 0.02),
        "sex": (rng.choice(["f", "m"], records), 0.01),
        "icd": (codes, 0.03),
        "height": (rng.normal(172, 9, records).astype(int), 0.05),
        "weight": (rng.normal(78, 14, records).astype(int), 0.05),
        "enrolled": (days, 0.0),
        "ecog": (rng.integers(0, 4, records), 0.02),
        "site": (rng.choice(list(SITES), records), 0.0),
        "response": (rng.choice(["CR", "PR", "SD", "PD"], records), 0.02),
    }
    return pl.DataFrame({name: _missing(values, share, rng) for name, (values, share) in columns.items()})


def _missing(values: Any, share: float, rng: np.random.Generator) -> pl.Series:
    gone = rng.random(len(values)) < share
    return pl.Series([None if m else str(v) for v, m in zip(values, gone, strict=True)], dtype=pl.String)


def people(number: int) -> list[ParticipantFacts]:
    """Participants with a table, headers and three series each."""
    rows = made_up(number).to_dicts()
    seen = (ImageFacts(face="none", text="none-found"),) * 3
    return [
        ParticipantFacts(
            pseudonym=f"P{n:06}",
            known={name: row[name] for name in HIERARCHIES},
            header=HeaderFacts(sex=row["sex"], age=int(row["age"] or 60), devices=frozenset({f"M{n % 7}"})),
            images=seen,
        )
        for n, row in enumerate(rows)
    ]


def measured() -> list[str]:
    """Lines of the page."""
    table = made_up(RECORDS)
    found = classes(table, list(HIERARCHIES))

    def measures() -> None:
        again = classes(table, list(HIERARCHIES))
        prosecutor(again), marketer(again), uniqueness(again), population_uniqueness(again, 2_000_000)
        diversity(again, table["response"]), recursive_diversity(again, table["response"], 2.0, 2)

    seconds = [_timed(measures), _timed(lambda: why_rare(found, 12))]
    chosen: list[Any] = []
    seconds.append(_timed(lambda: chosen.append(coarsen(table, HIERARCHIES, Aim.of_risk(EMA_THRESHOLD)))))
    joint = [_timed(lambda: assess(people(JOINT), AROUND)), _timed(lambda: remedies(people(JOINT), AROUND))]
    best = f"least loss of {chosen[0].looks:,} choices looked at{'' if chosen[0].proved else ', not proved the least'}"
    return [
        f"## Disclosure risk: {RECORDS:,} participants, {len(HIERARCHIES)} quasi-identifiers",
        "",
        "| | seconds of one core |",
        "|---|---:|",
        f"| all measures: k, l, t, attackers, uniqueness here and in the population | {seconds[0]:.2f} |",
        f"| why records are rare | {seconds[1]:.2f} |",
        f"| coarsening to a risk of {EMA_THRESHOLD} ({best}) | {seconds[2]:.1f} |",
        f"| joint risk of {JOINT:,} participants | {joint[0]:.1f} |",
        f"| every remedy for them applied and measured | {joint[1]:.1f} |",
    ]


def _timed(work: Callable[[], object]) -> float:
    """Seconds of processor time: what else the machine does is not counted."""
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    print("\n".join(measured()))
