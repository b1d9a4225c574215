"""An archive that lost a ledger gets no empty one in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from guideit.actions.archive import open_archive
from guideit.actions.audit import verify_audit
from guideit.errors import LedgerError
from guideit.testing.example import make_example
from guideit.testing.kills import KilledShare


@pytest.mark.parametrize("ledger", ["private/private.db"])
def test_a_ledger_that_is_gone_is_said(tmp_path: Path, ledger: str) -> None:
    share = KilledShare(example=make_example(tmp_path / "t", participants=1, scale=0.125), folder=tmp_path / "a")
    share.declare()
    with open_archive(share.plan, write=False) as archive:
        assert verify_audit(archive)["private"]
    (share.archive / ledger).unlink()
    with pytest.raises(LedgerError, match="gone"), open_archive(share.plan, write=False):
        pass
    assert not (share.archive / ledger).exists()


def test_a_shared_ledger_that_is_gone_is_said_once_something_was_released(tmp_path: Path) -> None:
    share = KilledShare(example=make_example(tmp_path / "t", participants=1, scale=0.125), folder=tmp_path / "a")
    share.declare()
    (share.archive / "shared" / "ledger.db").unlink()
    with open_archive(share.plan, write=False):
        assert (share.archive / "shared" / "ledger.db").exists()
    (share.archive / "shared" / "ledger.db").unlink()
    share.release.mkdir(parents=True)
    (share.release / "release.json").write_text("{}", "utf-8")
    with pytest.raises(LedgerError, match="gone"), open_archive(share.plan, write=True):
        pass
