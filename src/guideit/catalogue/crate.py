"""RO-Crate 1.2: `ro-crate-metadata.json`, by which a release describes itself without guideit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guideit.trial.release import ReleaseObject

NAME = "ro-crate-metadata.json"
CONTEXT = "https://w3id.org/ro/crate/1.2/context"
PROFILE = "https://w3id.org/ro/crate/1.2"

_FORMATS = {
    ".zip": ("application/zip", "Series of DICOM Part 10 files, stored uncompressed"),
    ".parquet": ("application/vnd.apache.parquet", ""),
    ".csv": ("text/csv", ""),
    ".json": ("application/json", ""),
    ".html": ("text/html", ""),
}
_ABOUT = {
    "index/series.parquet": "One row per series: the DICOM header as columns",
    "index/instances.parquet": "One row per instance, with the place of each frame's bytes",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Party:
    """A person or an organisation: name, ORCID or ROR URL where known, what it did, for whom it works."""

    name: str
    id: str = ""
    role: str = "contact"
    person: bool = True
    affiliation: str = ""
    mail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CrateFacts:
    """What the crate says of the release besides its files; all of it public.

    Attributes:
        trial, version, title, description: The release's.
        date: ISO date of sealing.
        licence: SPDX id or URL.
        parties: Contacts, sponsor and funders.
        registrations: Registry ids and DOIs of the trial, as URLs or ids.
        keywords: Modalities, body parts, conditions.
        conditions: DUO terms or sentences on how the data may be used.
        tool: `guideit <version>`.
    """

    trial: str
    version: str
    title: str
    description: str
    date: str
    licence: str
    tool: str
    parties: Sequence[Party] = ()
    registrations: Sequence[str] = ()
    keywords: Sequence[str] = ()
    conditions: Sequence[str] = ()


def ro_crate(facts: CrateFacts, objects: Iterable[ReleaseObject]) -> dict[str, Any]:
    """The crate's JSON-LD; entities in the order: descriptor, root, files by path, the rest by id.

    Args:
        facts: See `CrateFacts`.
        objects: The release's objects; the crate itself and the seal are not described.
    """
    files = sorted((o for o in objects if o.path not in {NAME, "release.json"}), key=lambda o: o.path)
    context = _context(facts)
    return {
        "@context": CONTEXT,
        "@graph": [_descriptor(), _root(facts, files), *map(_file, files), *context],
    }


def crate_bytes(facts: CrateFacts, objects: Iterable[ReleaseObject]) -> bytes:
    """`ro-crate-metadata.json`: UTF-8, keys sorted, newline at the end; equal input gives equal bytes."""
    return (json.dumps(ro_crate(facts, objects), indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _descriptor() -> dict[str, Any]:
    return {"@id": NAME, "@type": "CreativeWork", "about": {"@id": "./"}, "conformsTo": {"@id": PROFILE}}


def _root(facts: CrateFacts, files: Sequence[ReleaseObject]) -> dict[str, Any]:
    root: dict[str, Any] = {
        "@id": "./",
        "@type": "Dataset",
        "identifier": [f"{facts.trial}/{facts.version}", *facts.registrations],
        "name": f"{facts.title}, release {facts.version}",
        "description": facts.description or facts.title,
        "version": facts.version,
        "datePublished": facts.date,
        "license": {"@id": licence_url(facts.licence)},
        "hasPart": [{"@id": _id(item.path)} for item in files],
        "conformsTo": {"@id": PROFILE},
        "mentions": {"@id": _tool_id(facts)},
    }
    groups = {
        "contactPoint": [p for p in facts.parties if p.role == "contact"],
        "funder": [p for p in facts.parties if p.role == "funder"],
        "sponsor": [p for p in facts.parties if p.role == "sponsor"],
        "publisher": [p for p in facts.parties if p.role in {"publisher", "sponsor"}][:1],
        "author": [p for p in facts.parties if p.role not in {"funder"}],
    }
    root |= {name: [{"@id": _party_id(p)} for p in group] for name, group in groups.items() if group}
    root |= {"keywords": sorted(facts.keywords)} if facts.keywords else {}
    root |= {"conditionsOfAccess": "; ".join(facts.conditions)} if facts.conditions else {}
    return root


def _file(item: ReleaseObject) -> dict[str, Any]:
    media, says = next((v for k, v in _FORMATS.items() if item.path.endswith(k)), ("application/octet-stream", ""))
    entity = {
        "@id": _id(item.path),
        "@type": "File",
        "name": item.path.rsplit("/", 1)[-1],
        "contentSize": str(item.size),
        "encodingFormat": media,
        "sha256": item.sha256,
    }
    says = _ABOUT.get(item.path, says)
    return entity | ({"description": says} if says else {})


def _context(facts: CrateFacts) -> list[dict[str, Any]]:
    """Contextual entities, each once, by id."""
    url = licence_url(facts.licence)
    entities: dict[str, dict[str, Any]] = {
        url: {"@id": url, "@type": "CreativeWork", "name": facts.licence, "identifier": facts.licence},
        _tool_id(facts): {
            "@id": _tool_id(facts),
            "@type": "SoftwareApplication",
            "name": facts.tool.split()[0],
            "version": facts.tool.split()[-1],
        },
    }
    entities |= {entity["@id"]: entity for party in facts.parties for entity in _party(party)}
    return [entities[key] for key in sorted(entities)]


def _party(party: Party) -> list[dict[str, Any]]:
    entity: dict[str, Any] = {"@id": _party_id(party), "name": party.name}
    entity["@type"] = "Person" if party.person else "Organization"
    if party.mail:
        entity["email"] = party.mail
    if not party.affiliation:
        return [entity]
    organisation = Party(name=party.affiliation, person=False)
    entity["affiliation"] = {"@id": _party_id(organisation)}
    return [*_party(organisation), entity]


def _party_id(party: Party) -> str:
    return party.id or "#" + "-".join(party.name.casefold().split())


def _tool_id(facts: CrateFacts) -> str:
    return f"#{facts.tool.replace(' ', '-')}"


def _id(path: str) -> str:
    """A relative URI (RO-Crate 1.2, "Encoding file paths"): spaces and non-ASCII percent-encoded."""
    from urllib.parse import quote

    return quote(path)


def licence_url(licence: str) -> str:
    """An SPDX id as its URL; a URL stays, anything else is a local reference."""
    if licence.startswith(("http://", "https://")):
        return licence
    if licence and " " not in licence and not licence.startswith("LicenseRef-"):
        return f"https://spdx.org/licenses/{licence}"
    return "#" + "-".join((licence or "no-licence").split())


def described(crate: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Entities of a crate by `@id`."""
    return {entity["@id"]: entity for entity in crate["@graph"]}
