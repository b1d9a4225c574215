"""Named policies: three that most need, what they do, and what they do differently, in plain words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from typer.testing import CliRunner

from guideit.actions.deid_folder import FolderJob, deid_folder
from guideit.actions.policies import policy, policy_settings
from guideit.cli.app import app
from guideit.deid.actions import Action
from guideit.deid.policy_words import policy_difference
from guideit.dicom.dictionary import PUBLIC, TAGS
from guideit.errors import TrialInvalid, UsageError
from guideit.testing.desk import instance
from guideit.trial.deidentification import OPTION_WORDS, POLICIES, POLICY_WORDS, DeidSettings, Option, PolicyName
from guideit.trial.parse import parse_deidentification, parse_trial

TRIAL = '[trial]\nid = "t"\ntitle = "T"\n'


def does(name: str, keyword: str) -> Action:
    tag = TAGS[keyword]
    return policy(name).decide(tag, PUBLIC[tag].vr).action


def said(*line: str) -> Any:
    shown = CliRunner().invoke(app, [*line, "--json"])
    assert shown.exit_code == 0
    return json.loads(shown.stdout)


def test_a_trial_that_says_nothing_gets_the_policy_for_trials() -> None:
    assert DeidSettings().options == POLICIES[PolicyName.TRIAL]
    assert policy_settings("") == DeidSettings()
    assert policy("").digest == policy("trial").digest


@pytest.mark.parametrize("name", PolicyName)
def test_a_policy_is_named_in_trial_toml(name: PolicyName) -> None:
    declared = parse_trial(f'{TRIAL}[deidentification]\npolicy = "{name}"\noldest_age = 80\n')
    assert declared.deidentification.options == POLICIES[name]
    assert declared.deidentification.oldest_age == 80


def test_a_policy_and_other_options_contradict_each_other() -> None:
    """Whoever wrote both may have meant either."""
    with pytest.raises(TrialInvalid, match="the policy says the options already") as wrong:
        parse_trial(f'{TRIAL}[deidentification]\npolicy = "trial"\noptions = ["retain-uids"]\n')
    assert "line 6" in str(wrong.value)
    same = sorted(POLICIES[PolicyName.TRIAL])
    assert parse_deidentification(f'policy = "trial"\noptions = {json.dumps(same)}\n').policy is PolicyName.TRIAL


def test_a_trial_toml_stands_for_its_policy(tmp_path: Path) -> None:
    (tmp_path / "trial.toml").write_text(TRIAL, "utf-8")
    assert policy_settings(str(tmp_path / "trial.toml")) == DeidSettings()
    (tmp_path / "trial.toml").write_text(TRIAL + '[deidentification]\npolicy = "basic"\n', "utf-8")
    assert policy_settings(str(tmp_path / "trial.toml")).options == frozenset()


def test_what_is_neither_a_policy_nor_a_file_is_said() -> None:
    with pytest.raises(UsageError, match="neither a policy nor a file") as wrong:
        policy_settings("trail")
    assert "basic, trial, open" in wrong.value.do


@pytest.mark.parametrize(
    ("keyword", "basic", "trial"),
    [
        ("StudyDate", Action.ZERO, Action.CLEAN),
        ("PatientAge", Action.REMOVE, Action.KEEP),
        ("SeriesDescription", Action.REMOVE, Action.CLEAN),
        ("ManufacturerModelName", Action.CLEAN, Action.CLEAN),
        ("DeviceSerialNumber", Action.DUMMY, Action.DUMMY),
        ("PatientName", Action.ZERO, Action.ZERO),
    ],
)
def test_what_they_do_to_an_attribute(keyword: str, basic: Action, trial: Action) -> None:
    """`open` differs from `trial` in pixels only."""
    assert (does("basic", keyword), does("trial", keyword), does("open", keyword)) == (basic, trial, trial)


def test_every_option_and_policy_has_its_words() -> None:
    assert set(OPTION_WORDS) == set(Option)
    assert set(POLICY_WORDS) == set(POLICIES) == set(PolicyName)


def test_a_difference_names_every_attribute_that_is_treated_otherwise() -> None:
    first, second = policy("basic"), policy("trial")
    found = policy_difference(first, second)
    named = {word for words in found.attributes.values() for word in words}
    assert {"StudyDate", "PatientAge", "SeriesDescription"} <= named
    assert "PatientName" not in named
    differ = [tag for tag in first.public if first.public[tag].action is not second.public[tag].action]
    assert sum(len(words) for words in found.attributes.values()) == len(differ)
    assert found.only_first == {}
    assert set(found.only_second) == POLICIES[PolicyName.TRIAL]


def test_a_policy_does_not_differ_from_itself() -> None:
    found = policy_difference(policy("open"), policy("open"))
    assert not (found.attributes or found.only_first or found.only_second or found.dates or any(found.private))
    assert "Both do the same" in CliRunner().invoke(app, ["policy", "diff", "open", "open"]).stdout


def test_what_is_held_back_follows_the_options() -> None:
    """Where pixels are looked at, what the header suspects holds nothing back; what could not be decided does."""
    found = policy_difference(policy("trial"), policy("open"))
    assert {"hold.head-volume", "hold.burned-in-annotation", "hold.overlay"} <= found.held[0].keys()
    assert {"pixels.doubtful-text", "pixels.not-understood", "faces.doubtful"} <= found.held[1].keys()
    assert "hold.secondary-capture" in said("policy", "show", "open")["held"]


def test_show_and_diff_speak_to_people_and_to_programs(tmp_path: Path) -> None:
    shown = said("policy", "show", "trial")
    assert set(shown["options"]) == POLICIES[PolicyName.TRIAL]
    assert shown["dates"].startswith("moved by one shift per participant")
    assert shown["held"]["hold.head-volume"]
    (tmp_path / "mine.toml").write_text(
        '[deidentification]\npolicy = "trial"\naccept = ["hold.head-volume"]\n', "utf-8"
    )
    assert "hold.head-volume" not in said("policy", "show", str(tmp_path / "mine.toml"))["held"]
    assert said("policy", "diff", "trial", "open")["only_second"].keys() == {
        "clean-pixel-data",
        "clean-recognizable-visual-features",
    }
    page = CliRunner().invoke(app, ["policy", "diff", "basic", "trial"]).stdout
    assert "Only trial" in page
    assert "intervals stay" in " ".join(page.replace("│", " ").split())


@pytest.mark.parametrize(("name", "dated"), [("basic", False), ("trial", True)])
def test_a_folder_is_cleaned_under_a_named_policy(name: str, dated: bool, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "one").write_bytes(instance(1, StudyDate="20200131"))
    done = CliRunner().invoke(app, ["deid", str(tmp_path / "in"), str(tmp_path / "out"), "--policy", name])
    assert done.exit_code == 0
    clean = dcmread(next((tmp_path / "out").rglob("*.dcm")))
    assert bool(clean.StudyDate) is dated


@pytest.mark.parametrize(("accepted", "held"), [((), 2), (("hold.head-volume",), 0), (("hold.head-contours",), 1)])
def test_contours_beside_a_head_that_is_held_back_are_left_out(
    accepted: tuple[str, ...], held: int, tmp_path: Path
) -> None:
    """A structure set may hold the outline of the head; one of another study goes on."""
    structures = "1.2.840.10008.5.1.4.1.1.481.3"
    files = {
        "head": instance(1, SeriesInstanceUID="1.2.3.11", Modality="MR", BodyPartExamined="HEAD"),
        "outline": instance(2, SeriesInstanceUID="1.2.3.12", Modality="RTSTRUCT", SOPClassUID=structures),
        "elsewhere": instance(3, StudyInstanceUID="1.2.4", Modality="RTSTRUCT", SOPClassUID=structures),
    }
    (tmp_path / "in").mkdir()
    for name, body in files.items():
        (tmp_path / "in" / name).write_bytes(body)
    settings = DeidSettings(accept=frozenset(accepted))
    job = FolderJob(source=tmp_path / "in", target=tmp_path / "out", settings=settings, secret=bytes(32))
    assert len(deid_folder(job).held) == held
