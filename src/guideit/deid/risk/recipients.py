"""Who may have the data, what they may try, and how probable that is: models, stated in words and as intervals.

The probability that a participant is recognised is taken apart as El Emam (Guide to the De-Identification of Personal
Health Information, 2013) does: that somebody comes to look (by design, because they know somebody, or because the data
are lost), times that looking succeeds. The numbers here are assumptions of ours in the order of his; none is measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from guideit.trial.risk import Access

ACQUAINTANCES = 150
"""People whom somebody knows well enough to know of their illness (Dunbar 1993)."""
CATCHMENT = (1_000_000, 80_000_000)
"""People living where participants were recruited, where the trial does not say."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A probability as far as it can be told: at least `low`, at most `high`."""

    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Recipients:
    """Those who may have the data.

    Attributes:
        says: Who they are and what binds them.
        attempt: The probability that one of them tries to recognise somebody.
        lost: The probability that data come into other hands.
        bound: Whether they are known by name and bound by contract: then who took part is taken to be unknown to them,
            where the trial names a population to choose among.
    """

    says: str
    attempt: Interval
    lost: Interval
    bound: bool


RECIPIENTS: Mapping[Access, Recipients] = {
    Access.PUBLIC: Recipients(
        says="anybody; nothing binds them, so that somebody tries is certain",
        attempt=Interval(low=1.0, high=1.0),
        lost=Interval(low=1.0, high=1.0),
        bound=False,
    ),
    Access.REGISTERED: Recipients(
        says="whoever gave a name and accepted terms of use; nobody decided about them",
        attempt=Interval(low=0.4, high=0.6),
        lost=Interval(low=0.1, high=0.4),
        bound=False,
    ),
    Access.CONTROLLED: Recipients(
        says="named researchers under a contract that forbids looking for anybody, after a committee's decision",
        attempt=Interval(low=0.1, high=0.3),
        lost=Interval(low=0.1, high=0.27),
        bound=True,
    ),
    Access.ENCLAVE: Recipients(
        says="as controlled, and the data stay where they are: nothing is downloaded, results are looked at",
        attempt=Interval(low=0.05, high=0.1),
        lost=Interval(low=0.0, high=0.05),
        bound=True,
    ),
}
STRICTER: tuple[Access, ...] = (Access.PUBLIC, Access.REGISTERED, Access.CONTROLLED, Access.ENCLAVE)
"""From open to closed."""


def comes_to_look(access: Access, participants: int, catchment: int = 0) -> Interval:
    """The probability that somebody comes to look for a participant: the largest of three ways.

    Args:
        access: Who may have the data.
        participants: How many took part.
        catchment: People living where they were recruited; 0: `CATCHMENT`.
    """
    them = RECIPIENTS[access]
    few, many = (catchment, catchment) if catchment else CATCHMENT
    return Interval(
        low=max(them.attempt.low, them.lost.low, knows_somebody(participants, many)),
        high=max(them.attempt.high, them.lost.high, knows_somebody(participants, few)),
    )


def knows_somebody(participants: int, catchment: int) -> float:
    """The probability that one recipient is acquainted with one participant at least."""
    share = min(1.0, participants / max(1, catchment))
    return float(1 - (1 - share) ** ACQUAINTANCES)
