"""The whole way: folders and tables of a made-up trial in, a proved release out."""

from __future__ import annotations

import json
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

import guideit
from guideit.actions.archive import Archive, ArchivePlan, init_archive, open_archive
from guideit.actions.audit import verify_audit
from guideit.actions.review import decide, findings
from guideit.actions.share import Shared, ShareRequest, share
from guideit.actions.verify import verify_folder, verify_release
from guideit.errors import Refused
from guideit.settings import TEMPLATE
from guideit.testing.example import ExampleTrial, make_example

SECRET = bytes(range(32))


def _now() -> datetime:
    return datetime(2026, 1, 2, tzinfo=UTC)


def _request(example: ExampleTrial, version: str = "1.0") -> ShareRequest:
    return ShareRequest(trial=example.trial, sources=example.sources, version=version, date="2026-01-02", secret=SECRET)


def _plan(root: Path) -> ArchivePlan:
    init_archive(root, template=TEMPLATE)
    return ArchivePlan(root=root, workers=2, shelf_url=str(root / "shared" / "shelf"))


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> ExampleTrial:
    return make_example(tmp_path_factory.mktemp("example") / "trial", scale=0.25)


@pytest.fixture(scope="module")
def shared(example: ExampleTrial, tmp_path_factory: pytest.TempPathFactory) -> tuple[ArchivePlan, Shared]:
    plan = _plan(tmp_path_factory.mktemp("archive") / "a")
    with open_archive(plan, write=True) as archive:
        return plan, share(archive, _request(example), by="steward", now=_now)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def _copy(plan: ArchivePlan, target: Path) -> Path:
    shutil.copytree(Path(plan.shelf_url) / "example" / "1.0", target / "example" / "1.0")
    return target / "example" / "1.0"


def test_it_is_proved(shared: tuple[ArchivePlan, Shared]) -> None:
    """Every check passed, on more than nothing. This policy leaves pixels alone, so nobody reads them."""
    _, done = shared
    assert done.certificate.passed
    outcomes = {name: outcome for name, _, outcome in done.certificate.checks()}
    assert {outcomes.pop("face"), outcomes.pop("pixels-text")} == {"nothing to examine", "not done"}
    assert set(outcomes.values()) == {"passed"}
    assert done.certificate.examined["files"] == done.release.counts.instances > 100


def test_it_lies_on_the_shelf_as_the_design_says(shared: tuple[ArchivePlan, Shared]) -> None:
    """One stored ZIP per series; tables as CSV and Parquet; index, evidence, crate and seal."""
    plan, done = shared
    paths = set(_bytes(Path(plan.shelf_url) / done.release.id))
    assert {"release.json", "ro-crate-metadata.json", "index/series.parquet", "index/instances.parquet"} <= paths
    assert {"evidence/policy.json", "evidence/deidentification.json", "evidence/findings.json"} <= paths
    packs = [p for p in paths if p.startswith("images/")]
    assert len(packs) == done.release.counts.series
    assert all(len(p.split("/")) == 4 and p.endswith(".zip") for p in packs)
    with zipfile.ZipFile(Path(plan.shelf_url) / done.release.id / packs[0]) as pack:
        assert pack.testzip() is None


def test_what_could_show_a_person_is_held_back(shared: tuple[ArchivePlan, Shared]) -> None:
    """Ultrasound, captured screens, head volumes and documents stay, each with a finding."""
    plan, done = shared
    with open_archive(plan, write=False) as archive:
        rules = {row["rule"] for row in findings(archive, "example") if row["severity"] == "block"}
    assert {"hold.burned-in-modality", "hold.secondary-capture", "hold.head-volume"} <= rules
    assert done.deidentified.held == done.deidentified.series - done.deidentified.cleaned


def test_the_same_again_adds_nothing(shared: tuple[ArchivePlan, Shared], example: ExampleTrial) -> None:
    """No file received twice, no series cleaned twice, the same release."""
    plan, done = shared
    with open_archive(plan, write=True) as archive:
        again = share(archive, _request(example), by="steward", now=_now)
    assert again.release == done.release
    assert again.submitted.instances == again.deidentified.cleaned == again.checked.passed == 0


def test_another_archive_makes_the_same_bytes(
    shared: tuple[ArchivePlan, Shared], example: ExampleTrial, tmp_path: Path
) -> None:
    """Same input, policy, key and date: identical, whatever the number of processes."""
    plan, done = shared
    other = _plan(tmp_path / "b")
    other = ArchivePlan(root=other.root, workers=1, shelf_url=other.shelf_url)
    with open_archive(other, write=True) as archive:
        share(archive, _request(example), by="somebody else", now=lambda: datetime.now(UTC))
    assert _bytes(Path(other.shelf_url) / done.release.id) == _bytes(Path(plan.shelf_url) / done.release.id)


def test_a_folder_alone_proves_the_seal_and_the_policy(shared: tuple[ArchivePlan, Shared], tmp_path: Path) -> None:
    """As somebody has it who downloaded the release."""
    certificate = verify_folder(_copy(shared[0], tmp_path))
    assert certificate.passed
    assert not certificate.with_private
    assert dict((name, outcome) for name, _, outcome in certificate.checks())["pixels"] == "not done"


@pytest.mark.parametrize("what", ["a byte", "an object more", "an object less", "the seal"])
def test_any_change_on_the_shelf_is_found(shared: tuple[ArchivePlan, Shared], tmp_path: Path, what: str) -> None:
    """Not one byte can be changed unseen."""
    folder = _copy(shared[0], tmp_path)
    table = next((folder / "tables").glob("*.csv"))
    if what == "a byte":
        table.write_bytes(table.read_bytes()[:-2] + b"x\n")
    elif what == "an object more":
        (folder / "tables" / "more.csv").write_bytes(b"id\n")
    elif what == "an object less":
        table.unlink()
    else:
        seal = json.loads((folder / "release.json").read_text("utf-8"))
        seal["title"] = "Another"
        (folder / "release.json").write_text(json.dumps(seal), "utf-8")
    certificate = verify_folder(folder)
    assert not certificate.passed
    assert "verify.seal" in {finding.rule for finding in certificate.failures}


def _accept_heads(archive: Archive) -> None:
    for row in findings(archive, "example"):
        if row["rule"] == "hold.head-volume":
            decide(archive, row["id"], "accept", by="steward", reason="a phantom", now=_now)


def test_what_a_person_accepts_comes_into_the_next_version(
    shared: tuple[ArchivePlan, Shared], example: ExampleTrial
) -> None:
    """A decision with its reason, in the log; unchanged series are not written again."""
    plan, done = shared
    with open_archive(plan, write=True) as archive:
        _accept_heads(archive)
        more = share(archive, _request(example, "1.1"), by="steward", now=_now)
        assert verify_release(archive, "example/1.0", by="steward", now=_now).passed
    assert more.certificate.passed
    assert more.release.counts.series > done.release.counts.series
    assert more.release.previous == "1.0"
    first, second = (Path(plan.shelf_url) / "example" / v for v in ("1.0", "1.1"))
    packs = [p.relative_to(first) for p in (first / "images").rglob("*.zip")]
    assert all((first / p).stat().st_ino == (second / p).stat().st_ino for p in packs)


def test_a_sealed_version_is_never_changed(shared: tuple[ArchivePlan, Shared], example: ExampleTrial) -> None:
    """The same version with other content is refused."""
    with open_archive(shared[0], write=True) as archive, pytest.raises(Refused, match="sealed already"):
        _accept_heads(archive)
        share(archive, _request(example, "1.0"), by="steward", now=_now)


def test_every_act_is_in_an_unbroken_log(shared: tuple[ArchivePlan, Shared]) -> None:
    """On both sides."""
    with open_archive(shared[0], write=False) as archive:
        proofs = verify_audit(archive)
    assert proofs["private"].events > 5
    assert proofs["shared"].events >= 1


def test_a_notebook_reads_it(shared: tuple[ArchivePlan, Shared]) -> None:
    """From the folder, without an archive."""
    plan, done = shared
    release = guideit.open(Path(plan.shelf_url) / "example" / "1.0")
    assert len(release.series()) == done.release.counts.series
    assert len(release.instances()) == done.release.counts.instances


def test_on_s3_it_is_the_same(
    shared: tuple[ArchivePlan, Shared], example: ExampleTrial, tmp_path: Path, s3: tuple[str, dict[str, str]]
) -> None:
    """The shelf may be a bucket; the seal, and so every byte, is the same, and it is proved there."""
    url, options = s3
    local = _plan(tmp_path / "c")
    plan = ArchivePlan(root=local.root, workers=1, shelf_url=url, shelf_options=options)
    with open_archive(plan, write=True) as archive:
        done = share(archive, _request(example), by="steward", now=_now)
        assert isinstance(archive, Archive)
    assert done.release.root == shared[1].release.root
    assert done.certificate.passed
