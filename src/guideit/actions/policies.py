"""Policies by name or from a file."""

from __future__ import annotations

from pathlib import Path

from guideit.deid.policy import Policy, load_policy
from guideit.errors import UsageError
from guideit.trial.deidentification import DeidSettings, PolicyName
from guideit.trial.parse import parse_deidentification


def policy_settings(given: str) -> DeidSettings:
    """The settings of a named policy, of a policy file, or of a trial.toml; of guideit's own policy for nothing.

    Raises:
        UsageError: There is neither such a policy nor such a file.
        TrialInvalid: The file is wrong.
    """
    if not given:
        return DeidSettings()
    if given in set(PolicyName):
        return DeidSettings(policy=PolicyName(given))
    path = Path(given)
    if not path.is_file():
        names = ", ".join(PolicyName)
        raise UsageError("neither a policy nor a file", where=given, do=f"use one of {names}, or name a file")
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise UsageError("cannot be read", where=given) from wrong
    return parse_deidentification(text, name=path.name)


def policy(given: str) -> Policy:
    """The compiled policy; raises as `policy_settings` does."""
    return load_policy(policy_settings(given))
