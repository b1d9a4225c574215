"""The one door for numbers about people: small counts are not told, nor what gives them away."""

from __future__ import annotations

from collections.abc import Mapping

MINIMUM = 5
"""The smallest count that is told (EMA and most registries in Europe use 5 or more); 0 is told."""


def count(number: int, minimum: int = MINIMUM) -> int | str:
    """A count, or that it is small."""
    return f"fewer than {minimum}" if 0 < number < minimum else number


def counts(of_each: Mapping[str, int], minimum: int = MINIMUM) -> dict[str, int | str]:
    """Counts of groups whose total may be known: a single small one would be the difference, so the next goes with it.

    The next is the smallest that is told, and `not told`.
    """
    told: dict[str, int | str] = {name: count(number, minimum) for name, number in of_each.items()}
    small = [name for name, number in of_each.items() if 0 < number < minimum]
    large = sorted((number, name) for name, number in of_each.items() if number >= minimum)
    if small and sum(of_each[name] for name in small) < minimum and large:
        told[large[0][1]] = "not told"
    return told


def share(part: int, whole: int, minimum: int = MINIMUM) -> float | str:
    """A share to the percent; of few people, or of all but few, that it is."""
    if 0 < part < minimum:
        return f"fewer than {minimum} of {count(whole, minimum)}"
    if 0 < whole - part < minimum:
        return f"all but fewer than {minimum} of {count(whole, minimum)}"
    return round(part / whole, 2) if whole else 0.0
