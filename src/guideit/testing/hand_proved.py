"""A hand-made release (`hand_made`) put through the verifier, with its private side or without."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from guideit.quality.certificate import Certificate, conclude
from guideit.quality.index import ReleaseIndex
from guideit.quality.inputs import Person, PolicyClaim, Received, SeriesTask, Verdict
from guideit.quality.needles import Needles, everyone
from guideit.quality.objects import check_seal, check_text
from guideit.quality.series import check_series, person_needles
from guideit.testing.hand_made import IDENTIFIERS, OTHERS, PSEUDONYM, SHIFT, Draft, build, uid, written
from guideit.trial.release import Release, release_from_json


def prove(plan: Draft, tmp: Path, *, private: bool = True, read_text: bool | None = False) -> Certificate:
    """Build, then verify, with the private side or without; pixels are read for text where asked (None: by policy)."""
    root = build(plan, tmp / "demo" / "1.0")
    sources = _write_sources(plan, tmp / "sources") if private else {}
    seal = (root / "release.json").read_text("utf-8")
    release = release_from_json(seal)
    claim = PolicyClaim.read(json.loads((root / "evidence/policy.json").read_text("utf-8")))
    treated = _write_treated(plan, tmp / "treated") if private else {}
    person = Person(pseudonym=PSEUDONYM, shift_days=SHIFT, identifiers=IDENTIFIERS) if private else None
    packs = sorted(p for p in root.rglob("*.zip") if len(p.relative_to(root).parts) == 4)
    tasks = [
        SeriesTask(
            number=i,
            place=p.relative_to(root / "images").as_posix().removesuffix(".zip"),
            pack=p,
            claim=claim,
            person=person,
            sources=sources,
            others=OTHERS if private else frozenset(),
            treated=treated.get(p.stem) if private else None,
            read_text=read_text,
        )
        for i, p in enumerate(packs)
    ]
    verdicts = [check_series(task) for task in tasks]
    wanted = [n for n in (person_needles(tasks[0]), everyone(OTHERS)) if n is not None] if private else []
    verdicts.append(_objects(root, release, json.loads(seal)["root"], wanted))
    submitted = {uid(name): _became(name, plan) for name in plan.sources} if private else None
    index = ReleaseIndex.read(lambda p: (root / p).read_bytes(), _ranges(root))
    return conclude(release, verdicts, submitted=submitted, claim=claim, index=index)


def _write_treated(plan: Draft, folder: Path) -> dict[str, Path]:
    """The files beside the packs, by released Series Instance UID."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for series, told in plan.treated.items():
        found[uid(series)] = folder / f"{series}.pixels.json"
        found[uid(series)].write_text(told if isinstance(told, str) else json.dumps(told), "utf-8")
    return found


def _became(name: str, plan: Draft) -> Received:
    return Received.LOST if name in plan.lost else Received.HELD if name in plan.held else Received.RELEASED


def _ranges(root: Path) -> Callable[[str, int, int], bytes]:
    def read(path: str, at: int, length: int) -> bytes:
        with (root / path).open("rb") as file:
            file.seek(at)
            return file.read(length)

    return read


def _objects(root: Path, release: Release, stated: str, wanted: list[Needles]) -> Verdict:
    verdict = Verdict()
    present = [p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()]

    def digest(path: str) -> tuple[int, str]:
        body = (root / path).read_bytes()
        return len(body), hashlib.sha256(body).hexdigest()

    check_seal(release, stated, present, digest, verdict)
    for path in present:
        if not path.endswith(".zip"):
            check_text(path, (root / path).read_bytes(), wanted, verdict)
    return verdict


def _write_sources(plan: Draft, folder: Path) -> dict[str, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for name, ds in plan.sources.items():
        if name in plan.unknown:
            continue
        path = folder / f"{name}.img"
        path.write_bytes(written(copy.deepcopy(ds)))
        found[uid(name)] = path
    return found
