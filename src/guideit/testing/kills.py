"""`guideit share` in processes of its own, killed at any moment and begun again, until it is done."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from guideit.actions.archive import ArchivePlan, init_archive, open_archive, read_key
from guideit.actions.audit import verify_audit
from guideit.actions.trials import add_trial
from guideit.settings import TEMPLATE
from guideit.storage.shelf import SEAL
from guideit.testing.example import ExampleTrial
from guideit.trial.release import release_from_json

KEY = bytes(range(32)).hex()


@dataclass(frozen=True, kw_only=True)
class KilledShare:
    """One archive that is filled under kills.

    Attributes:
        example: What is shared.
        folder: Where the archive and the key lie.
        done_at: Seconds a run needed that nobody killed.
    """

    example: ExampleTrial
    folder: Path
    done_at: list[float] = field(default_factory=list)

    @property
    def archive(self) -> Path:
        """The archive's folder."""
        return self.folder / "archive"

    @property
    def plan(self) -> ArchivePlan:
        """How to open it here."""
        return ArchivePlan(root=self.archive, shelf_url=str(self.archive / "shared" / "shelf"))

    @property
    def release(self) -> Path:
        """The release's folder on the shelf."""
        return self.archive / "shared" / "shelf" / "example" / "1.0"

    def declare(self) -> None:
        """Make the archive and give the trial its key, so that two archives name people alike."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "trial.key").write_text(KEY, "ascii")
        init_archive(self.archive, template=TEMPLATE)
        with open_archive(self.plan, write=True) as archive:
            add_trial(archive, self.example.trial, by="steward", now=_now, secret=read_key(self.folder / "trial.key"))

    def start(self) -> subprocess.Popen[bytes]:
        """Type the line; its processes are a group of their own."""
        line = [sys.executable, "-m", "guideit", "share", str(self.example.trial), *map(str, self.example.sources)]
        line += ["--release", "1.0", "--date", "2026-01-02", "--archive", str(self.archive)]
        return subprocess.Popen(  # noqa: S603 our own command
            line,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=os.environ | {"GUIDEIT_WORKERS": "2"},
            start_new_session=True,
        )

    def finish(self) -> None:
        """Let a run end by itself.

        Raises:
            AssertionError: It did not end well.
        """
        started = time.monotonic()
        process = self.start()
        _, said = process.communicate()
        self.done_at.append(time.monotonic() - started)
        assert process.returncode == 0, said.decode("utf-8", "replace")

    def kill_after(self, seconds: float) -> bool:
        """Kill every process of a run at that moment; False where it was done before."""
        process = self.start()
        try:
            process.communicate(timeout=seconds)
            return False
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return True

    def look(self) -> None:
        """What anybody sees now is whole: no release or all of one, and both logs unbroken.

        Raises:
            AssertionError: Something half-done is visible.
        """
        if (self.release / SEAL).is_file():
            release = release_from_json((self.release / SEAL).read_bytes())
            found = {path: digest for path, digest in contents(self.release).items() if path != SEAL}
            assert found == {item.path: item.sha256 for item in release.objects}
        with open_archive(self.plan, write=False) as archive:
            verify_audit(archive)


def _now() -> datetime:
    return datetime(2026, 1, 2, tzinfo=UTC)


def contents(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder, by its path there."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}
