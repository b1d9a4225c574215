"""Fifty kills at random moments: the resumed result is byte-identical to an uninterrupted one."""

from __future__ import annotations

import random
from pathlib import Path

from guideit.testing.example import make_example
from guideit.testing.kills import KilledShare, contents

KILLS = 50


def test_fifty_kills_change_nothing(tmp_path: Path) -> None:
    """A run that was killed goes on in the same archive until it is done, then a new archive begins; the moments are
    spread over the whole time a run takes. Each archive's release is that of the run nobody killed."""
    example = make_example(tmp_path / "trial", scale=0.25)
    whole = KilledShare(example=example, folder=tmp_path / "whole")
    whole.declare()
    whole.finish()
    expected = contents(whole.release)
    moments = random.Random(50)
    kills = archives = 0
    while kills < KILLS:
        archives += 1
        killed = KilledShare(example=example, folder=tmp_path / f"killed-{archives:02d}")
        killed.declare()
        while kills < KILLS and killed.kill_after(moments.uniform(0.2, whole.done_at[0])):
            kills += 1
            killed.look()
        killed.finish()
        assert contents(killed.release) == expected
        assert not (killed.archive / "private" / "work").exists()
    print(f"{kills} kills over {archives} archives; every release is the uninterrupted one, {len(expected)} files")
