"""The least a trial says, and the whole example of the page."""

from __future__ import annotations

import re
from pathlib import Path

from guideit.trial.deidentification import DEFAULT_OPTIONS
from guideit.trial.parse import parse_trial

PAGE = Path(__file__).parents[3] / "docs" / "trial.md"


def test_an_id_and_a_title_are_enough() -> None:
    """Everything else has a default: basic profile, shifted dates, pseudonyms from the key."""
    trial = parse_trial('[trial]\nid = "liver-1"\ntitle = "A trial"\n')
    assert (trial.id, trial.title, trial.prefix) == ("liver-1", "A trial", "LIVER-1")
    assert trial.deidentification.options == DEFAULT_OPTIONS
    assert not trial.deidentification.accept
    assert (trial.arms, trial.visits, trial.tables) == ((), (), ())


def test_the_example_of_the_page_parses() -> None:
    """What the page shows can be copied."""
    shown = re.search(r"<!-- example begin -->\n```toml\n(.*)```\n<!-- example end -->", PAGE.read_text("utf-8"), re.S)
    assert shown
    trial = parse_trial(shown[1])
    assert [arm.type for arm in trial.arms] == ["experimental", "active-comparator"]
    assert [(v.day, v.before, v.after) for v in trial.visits] == [(0, 14, 0), (42, 7, 7)]
    assert trial.tables[0].columns[2].codelist == {"F": "female", "M": "male"}
    assert trial.deidentification.overrides[0].target == "StudyID"
