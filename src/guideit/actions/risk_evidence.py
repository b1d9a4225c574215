"""A release's risk as a document: for the release, without anybody's value and without small counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from guideit.deid.risk.joint import ReleaseRisk
from guideit.deid.risk.measures import TableMeasures
from guideit.deid.risk.recipients import RECIPIENTS, Interval
from guideit.deid.risk.reidentification import Risk
from guideit.disclosure import count, counts, share
from guideit.trial.model import Trial


def risk_evidence(trial: Trial, risk: ReleaseRisk, tables: TableMeasures, levels: Mapping[str, str]) -> dict[str, Any]:
    """What goes into a release as `evidence/risk.json`.

    Args:
        trial: The declaration.
        risk: Of everything together.
        tables: Measures of the tables alone.
        levels: How columns were coarsened, in words.
    """
    said, number = trial.risk, len(risk.participants)
    above = sum(each.high > risk.threshold + 1e-9 for each in risk.participants)
    return {
        "access": said.access.value,
        "recipients": RECIPIENTS[said.access].says,
        "threshold": said.threshold,
        "reason": said.reason,
        "population": {"name": said.population.name, "size": said.population.size},
        "participants": count(number),
        "attacker": risk.attacker,
        "somebody_looks": _interval(risk.look),
        "highest": _interval(risk.highest),
        "mean": _interval(risk.mean),
        "above_threshold": share(above, number),
        "holds": risk.holds,
        "stand_out_by": counts(Counter(each.by for each in risk.participants)),
        "assumptions": list(risk.assumptions),
        "tables": _tables(tables),
        "coarsened": dict(sorted(levels.items())),
    }


def _tables(found: TableMeasures) -> dict[str, Any]:
    number = found.participants
    return {
        "known_columns": list(found.columns),
        "participants": count(number),
        "smallest_class": count(found.k),
        "prosecutor": _risk(found.prosecutor, number),
        "journalist": None if found.journalist is None else _risk(found.journalist, number),
        "marketer": {"mean": round(found.marketer.mean, 3), "holds": found.marketer.holds},
        "alone": share(round(found.uniqueness.share * number), number),
        "alone_missing_unknown": share(round(found.uniqueness.share_unknown * number), number),
        "alone_in_population": None
        if found.unique is None
        else {"share": round(found.unique.share, 3), "method": found.unique.method},
        "presence": None if found.presence is None else [round(value, 3) for value in found.presence],
        "learned": {
            key: {"distinct": told.distinct, "entropy": round(told.entropy, 2), "closeness": round(told.closeness, 3)}
            for key, told in sorted(found.learned.items())
        },
        "rare": [
            {"columns": list(group.columns), "records": count(group.records), "classes": count(group.classes)}
            for group in found.rare
        ],
    }


def _risk(risk: Risk, number: int) -> dict[str, Any]:
    return {
        "highest": round(risk.highest, 3),
        "mean": round(risk.mean, 3),
        "above": share(round(risk.above * number), number),
        "holds": risk.holds,
    }


def _interval(found: Interval) -> list[float]:
    return [round(found.low, 3), round(found.high, 3)]
