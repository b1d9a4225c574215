"""`share`: from a trial's folders to a sealed, verified release in one call. Each step resumes by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from guideit.actions.archive import Archive
from guideit.actions.check import Checked, check
from guideit.actions.deidentify import Deidentified, deidentify
from guideit.actions.progress import SILENT, Progress
from guideit.actions.release import seal_release
from guideit.actions.submit import Sources, Submitted, submit
from guideit.actions.trials import add_trial
from guideit.actions.verify import verify_release
from guideit.quality.certificate import Certificate
from guideit.trial.release import Release


@dataclass(frozen=True, kw_only=True)
class ShareRequest:
    """What the steward asks for.

    Attributes:
        trial: Path of trial.toml.
        sources: Folders and archives with DICOM and tables.
        version: The release's version.
        date: ISO date written into the release.
        reference: Leave source bytes where they are.
        secret: The trial's key, where it must be a given one.
    """

    trial: Path
    sources: Sequence[Path]
    version: str
    date: str
    reference: bool = False
    secret: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What became of it."""

    release: Release
    submitted: Submitted
    deidentified: Deidentified
    checked: Checked
    certificate: Certificate


def share(
    archive: Archive,
    request: ShareRequest,
    *,
    by: str,
    now: Callable[[], datetime],
    progress: Progress = SILENT,
) -> Shared:
    """Declare, submit, de-identify, check, seal, verify.

    Raises:
        GuideitError: A step refused; what was done so far stays, the same call goes on from there.
    """
    trial = add_trial(archive, request.trial, by=by, now=now, secret=request.secret).trial
    sources = Sources(paths=request.sources, reference=request.reference)
    submitted = submit(archive, trial.id, sources, by=by, now=now, progress=progress)
    deidentified = deidentify(archive, trial.id, by=by, now=now, progress=progress)
    checked = check(archive, trial.id, by=by, now=now, progress=progress)
    release = seal_release(archive, trial.id, request.version, date=request.date, by=by, now=now)
    certificate = verify_release(archive, release.id, by=by, now=now, progress=progress, reuse=True)
    return Shared(
        release=release,
        submitted=submitted,
        deidentified=deidentified,
        checked=checked,
        certificate=certificate,
    )
