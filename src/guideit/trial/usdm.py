"""Starts a trial.toml from a CDISC USDM study: what the study says is filled in, the rest is asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from guideit.trial.usdm_study import DraftVisit, Node, UsdmStudy, decoded, ids, node, nodes, read_usdm, visits, words


def draft_from_usdm(text: str) -> str:
    """A trial.toml with comments, from the JSON of a CDISC USDM 4.0 study.

    Titles, registrations, sponsor, arms, sites, visits with windows in days, and imaging are taken over; whatever
    the study does not say is a comment that begins with `# TODO`. The draft always parses.

    Args:
        text: The study as JSON.

    Raises:
        TrialInvalid: It is no JSON, or no USDM study.
    """
    study = read_usdm(text)
    planned = visits(study)
    names = _names((v.key, v.title) for v in planned)
    parts = (
        _head(study),
        _identity(study),
        _contacts(),
        _arms(study.design),
        _sites(study.version),
        _visits(study.design, planned, names),
        _imaging(study.design, planned, names),
        _REST,
    )
    return "\n".join(line for part in parts for line in part) + "\n"


def _text(value: str) -> str:
    """A TOML basic string: JSON writes it alike, for printable text."""
    return json.dumps(value, ensure_ascii=False)


def _slug(value: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", value.casefold()).strip("-")[:48].strip("-")


def _names(pairs: Iterable[tuple[str, str]], other: str = "visit") -> dict[str, str]:
    """Ids by key, each once: a second `week-8` becomes `week-8-2`."""
    found: dict[str, str] = {}
    for key, title in pairs:
        slug = _slug(title) or other
        name, turn = slug, 2
        while name in found.values():
            name, turn = f"{slug}-{turn}", turn + 1
        found[key] = name
    return found


def _head(study: UsdmStudy) -> Iterator[str]:
    yield f"# Drafted by guideit from a CDISC USDM study (version {study.usdm or 'not stated'})."
    yield "# Every line that begins with `# TODO` asks for something the study does not say."
    if not study.usdm.startswith("4."):
        yield "# TODO: the study is not of USDM 4: look at every line."
    if len(nodes(study.version, "studyDesigns")) != 1:
        count = len(nodes(study.version, "studyDesigns"))
        yield f"# TODO: the study has {count} designs, not one; the first is taken."


def _identity(study: UsdmStudy) -> Iterator[str]:
    titles = {decoded(t, "type"): words(t, "text") for t in nodes(study.version, "titles")}
    own = [i for i in _identifiers(study.version) if not _registry(i)]
    acronym = titles.get("Study Acronym", "")
    title = titles.get("Official Study Title") or next((t for t in titles.values() if t), "")
    yield "\n[trial]"
    if not (acronym or own):
        yield "# TODO: a short id, in lower case; it names folders and is never changed."
    yield f"id = {_text(_slug(acronym or next(iter(own), '')) or 'my-trial')}"
    yield from [] if title else ["# TODO: the full title."]
    yield f"title = {_text(title or 'Untitled')}"
    yield from [f"acronym = {_text(acronym)}"] if acronym else []
    yield from [f"protocol = {_text(own[0])}"] if own else ["# TODO: protocol = the protocol's id"]
    yield from _phase(decoded(study.design, "studyPhase"))
    yield '# TODO: the licence of the data, as an SPDX id: licence = "CC-BY-4.0"'
    yield from _registrations(study.version)
    yield from _sponsor(study.version)


_ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4"}


def _phase(stated: str) -> Iterator[str]:
    """`Phase II Trial` to `2`, `Phase I/II` to `1/2`."""
    found = [_ROMAN.get(part, part) for part in re.findall(r"\b(IV|I{1,3}|[1-4])[ab]?\b", stated, flags=re.I)]
    if found:
        yield f"phase = {_text('/'.join(found))}  # {stated}"
    else:
        yield "# TODO: the phase: " + (f"the study says {_text(stated)}" if stated else "the study says none")


_REGISTRIES: Mapping[str, str] = {
    "nct": r"NCT\d{8}",
    "ctis": r"20\d{2}-5\d{5}-\d{2}(-\d{2})?",
    "eudract": r"\d{4}-\d{6}-\d{2}",
    "drks": r"DRKS\d{8}",
    "isrctn": r"ISRCTN\d{8}",
}


def _identifiers(version: Node) -> list[str]:
    return [text for text in (words(i, "text") for i in nodes(version, "studyIdentifiers")) if text]


def _registry(identifier: str) -> str:
    """The registry whose numbers look so; "" for none."""
    return next((name for name, form in _REGISTRIES.items() if re.fullmatch(form, identifier)), "")


def _registrations(version: Node) -> Iterator[str]:
    found = {_registry(identifier): identifier for identifier in reversed(_identifiers(version))}
    found.pop("", None)
    yield "\n[trial.registrations]"
    yield from (f"{name} = {_text(identifier)}" for name, identifier in sorted(found.items()))
    if not found:
        yield '# TODO: nct = "NCT01234567", or another registry.'


def _sponsor(version: Node) -> Iterator[str]:
    organisations = {words(o, "id"): o for o in nodes(version, "organizations")}
    roles = [r for r in nodes(version, "roles") if "sponsor" in decoded(r, "code").casefold()]
    named = [organisations[key] for role in roles for key in ids(role, "organizationIds") if key in organisations]
    name = words(named[0], "label", "name") if named else ""
    if name:
        yield "\n[trial.sponsor]"
        yield f"name = {_text(name)}"
    else:
        yield "\n# TODO: the sponsor."
        yield "# [trial.sponsor]"
        yield '# name = "Example University Hospital"'


def _contacts() -> Iterator[str]:
    yield "\n# TODO: whom to ask; published with every release."
    yield "# [[contacts]]"
    yield '# name = "Trial Office"'
    yield '# mail = "office@example.org"'
    yield '# role = "data steward"'


_ARM_TYPES = (
    ("placebo", "placebo-comparator"),
    ("sham", "sham-comparator"),
    ("active comparator", "active-comparator"),
    ("no intervention", "no-intervention"),
    ("no treatment", "no-intervention"),
    ("investigational", "experimental"),
    ("experimental", "experimental"),
)


def _arms(design: Node) -> Iterator[str]:
    found = nodes(design, "arms")
    names = _names(((str(n), words(a, "name", "label")) for n, a in enumerate(found)), "arm")
    if not found:
        yield "\n# TODO: [[arms]]: the study names none."
    for number, arm in enumerate(found):
        stated = decoded(arm, "type")
        kind = next((ours for sign, ours in _ARM_TYPES if sign in stated.casefold()), "")
        yield "\n[[arms]]"
        yield f"id = {_text(names[str(number)])}  # TODO: as tables or the crosswalk call this arm"
        yield f"title = {_text(words(arm, 'label', 'name') or names[str(number)])}"
        yield f"type = {_text(kind)}  # {stated}" if kind else "# TODO: type" + (f": {stated}" if stated else "")


def _sites(version: Node) -> Iterator[str]:
    found = [site for o in nodes(version, "organizations") for site in nodes(o, "managedSites")]
    yield (
        "\n# Sites are released as written here: choose ids and titles that name nobody."
        if found
        else ("\n# TODO: [[sites]]: the study names none.")
    )
    names = _names(((str(n), words(s, "name", "label")) for n, s in enumerate(found)), "site")
    for number, site in enumerate(found):
        country = words(node(site, "country"), "code")
        yield "\n[[sites]]"
        yield f"id = {_text(names[str(number)])}  # TODO: as tables or the crosswalk call this site"
        yield f"title = {_text(words(site, 'label', 'name') or names[str(number)])}"
        yield from [f"country = {_text(country)}"] if country else ["# TODO: country"]


def _visits(design: Node, planned: list[DraftVisit], names: Mapping[str, str]) -> Iterator[str]:
    epochs = [words(epoch, "label", "name") for epoch in nodes(design, "epochs")]
    yield "\n# Visits, in days after the study's fixed reference (day 0), with their windows."
    yield from [f"# Epochs: {', '.join(e for e in epochs if e)}."] if any(epochs) else []
    if not planned:
        yield "# TODO: [[visits]]: the study names none."
    for visit in planned:
        off = "" if visit.day is not None else "# "
        yield (
            "" if visit.day is not None else f"\n# TODO: the study's timings do not lead to {visit.title or 'a visit'}."
        )
        yield f"{off}[[visits]]"
        yield f"{off}id = {_text(names[visit.key])}"
        yield f"{off}title = {_text(visit.title or names[visit.key])}"
        rough = "  # TODO: rounded: the study counts in hours, months or years" if visit.rough else ""
        yield f"{off}day = {visit.day or 0}{rough}"
        yield f"{off}before = {visit.before}" + ("" if visit.windowed else "  # TODO: the study states no window")
        yield f"{off}after = {visit.after}"


_MODALITIES = (
    ("DX", r"x-?rays?|radiographs?|radiography"),
    ("PT", r"pet|positron emission"),
    ("NM", r"spect|scintigraphy|bone scan"),
    ("MG", r"mammogra\w+"),
    ("US", r"ultrasound|sonograph\w+|sonogram|echocardiogra\w+"),
    ("XA", r"angiogra\w+"),
    ("CT", r"ct|computed tomography"),
    ("MR", r"mri?|magnetic resonance"),
)
_PARTS = (
    ("HEAD", r"head|skull"),
    ("BRAIN", r"brain|cerebral"),
    ("CHEST", r"chest|thorax|lungs?"),
    ("ABDOMEN", r"abdomen|abdominal|liver"),
    ("PELVIS", r"pelvis|pelvic"),
    ("BREAST", r"breasts?|mammogra\w+"),
    ("HEART", r"heart|cardiac|echocardiogra\w+"),
    ("KNEE", r"knees?"),
    ("SPINE", r"spine|spinal"),
    ("WHOLEBODY", r"whole[ -]body"),
)


def _imaging(design: Node, planned: list[DraftVisit], names: Mapping[str, str]) -> Iterator[str]:
    found = [(a, image) for a in nodes(design, "activities") for image in _images(a)]
    yield (
        "\n# Imaging the protocol asks for, told from the names of activities."
        if found
        else ("\n# TODO: [[imaging]]: no activity of the study is known as imaging by its name.")
    )
    for activity, (modality, part) in found:
        at = [v for v in planned if words(activity, "id") in v.activities and v.day is not None]
        yield from [] if at else [f"# TODO: no visit with a day has {_title(activity)} ({modality})."]
        for visit in at:
            yield f"\n[[imaging]]  # {_title(activity)}"
            yield f"visit = {_text(names[visit.key])}"
            yield f"modality = {_text(modality)}  # TODO: right?"
            yield f"body_part = {_text(part)}" if part else '# TODO: body_part = "ABDOMEN"'


def _title(activity: Node) -> str:
    return words(activity, "label", "name")


def _images(activity: Node) -> Iterator[tuple[str, str]]:
    """Modality and body part of an activity, by its words and those of its procedures; of PET/CT both."""
    procedures = nodes(activity, "definedProcedures")
    told = [words(n, key) for n in (activity, *procedures) for key in ("name", "label", "description", "procedureType")]
    text = " ".join([*told, *(decoded(p, "code") for p in procedures)]).casefold()
    part = next((part for part, form in _PARTS if re.search(rf"\b({form})\b", text)), "")
    yield from ((modality, part) for modality, form in _MODALITIES if re.search(rf"\b({form})\b", text))


_REST = """
# TODO: how participants are called. Without a crosswalk pseudonyms are made from the archive's key.
[participants]
# crosswalk = "crosswalk.csv"
# source_id = "patient_id"
# pseudonym = "participant"
# site = "site"
# arm = "arm"

# TODO: the clinical tables to release, column by column; what is not declared is not released.
# [[tables]]
# id = "visits"
# file = "tables/sv.csv"
# columns = [
#   { name = "USUBJID", role = "identifier" },
#   { name = "VISIT", role = "visit" },
#   { name = "SVSTDTC", role = "date" },
# ]

# The default: basic profile, descriptions cleaned, dates shifted, patient characteristics kept.
[deidentification]

# TODO: on what the sharing rests. Until that is known, nobody is shared by default.
[consent]
default = "deny"

# TODO: conditions of use, as terms of the Data Use Ontology.
# [[conditions]]
# code = "DUO:0000042"

# TODO: an embargo, if there is one.
# [embargo]
# until = "2027-12-31"
""".rstrip().splitlines()
