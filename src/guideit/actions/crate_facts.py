"""What a trial's declaration gives to the crate that describes a release."""

from __future__ import annotations

from guideit.catalogue.crate import CrateFacts, Party
from guideit.trial.model import Trial
from guideit.trial.release import Release


def crate_facts(trial: Trial, release: Release) -> CrateFacts:
    """The public facts of a release."""
    parties = [
        Party(name=c.name, id=c.orcid, role=c.role or "contact", person=bool(c.orcid), mail=c.mail)
        for c in trial.contacts
    ]
    about = trial.trial
    if about.sponsor.name:
        parties.append(Party(name=about.sponsor.name, id=about.sponsor.ror, role="sponsor", person=False))
    return CrateFacts(
        trial=trial.id,
        version=release.version,
        title=trial.title,
        description=about.description or trial.title,
        date=release.date,
        licence=about.licence,
        tool=release.tool,
        parties=parties,
        registrations=sorted(about.registrations.values()),
        conditions=[condition.code for condition in trial.conditions],
    )
