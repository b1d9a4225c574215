"""Items of structured reports: what a value may be depends on what it is called (PS3.15 E.3.4, PS3.3 C.17.3)."""

from __future__ import annotations

from collections.abc import Mapping

from pydicom import Dataset

from guideit.deid.actions import Action, Decision
from guideit.deid.policy import Policy

CONTENT = 0x0040A730
VALUES = {
    "TEXT": 0x0040A160,
    "PNAME": 0x0040A123,
    "DATE": 0x0040A121,
    "TIME": 0x0040A122,
    "DATETIME": 0x0040A120,
    "UIDREF": 0x0040A124,
}
"""Where each value type keeps its value."""
_REFERENCES = frozenset({"COMPOSITE", "IMAGE", "WAVEFORM"})


def content_decisions(item: Dataset, policy: Policy) -> Mapping[int, Decision] | None:
    """What the table says of an item: a decision on its value's tag, or None where the whole item goes.

    References keep pointing to what is released: their UIDs are mapped like all others.
    """
    value_type = str(item.get("ValueType", "")).strip()
    scheme, code = _concept(item)
    decision = policy.decide_content_item(scheme, code, value_type)
    if decision.action is Action.REMOVE:
        return None
    tag = VALUES.get(value_type)
    if tag is None or value_type in _REFERENCES:
        return {}
    if value_type == "UIDREF" and decision.action is not Action.KEEP:
        return {tag: Decision(Action.UID, decision.rule)}
    return {tag: decision}


def _concept(item: Dataset) -> tuple[str, str]:
    """Coding scheme and code value of the concept name; empty where there is none."""
    names = item.get("ConceptNameCodeSequence") or []
    if not names:
        return "", ""
    return str(names[0].get("CodingSchemeDesignator", "")), str(names[0].get("CodeValue", ""))
