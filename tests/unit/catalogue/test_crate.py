"""Unit tests of the RO-Crate inside a release."""

from __future__ import annotations

import json

from guideit.catalogue.crate import CrateFacts, Party, crate_bytes, described, licence_url, ro_crate
from guideit.trial.release import ReleaseObject

FACTS = CrateFacts(
    trial="example",
    version="1.0",
    title="A made-up trial",
    description="Two arms",
    date="2026-11-23",
    licence="CC-BY-4.0",
    tool="guideit 0.1.0",
    parties=(
        Party(name="Ada Example", id="https://orcid.org/0000-0002-1825-0097", affiliation="Clinic North"),
        Party(name="Sponsor Ltd", role="sponsor", person=False),
    ),
    registrations=("NCT00000000",),
    keywords=("MR", "CT"),
    conditions=("DUO:0000006",),
)
OBJECTS = (
    ReleaseObject(path="tables/sv.csv", size=10, sha256="aa"),
    ReleaseObject(path="images/P1/2.25.1/2.25.2.zip", size=20, sha256="bb"),
    ReleaseObject(path="ro-crate-metadata.json", size=1, sha256="cc"),
)


def test_the_crate_has_descriptor_root_and_every_file() -> None:
    crate = ro_crate(FACTS, OBJECTS)
    entities = described(crate)
    assert crate["@context"] == "https://w3id.org/ro/crate/1.2/context"
    assert entities["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    assert entities["ro-crate-metadata.json"]["@type"] == "CreativeWork"
    root = entities["./"]
    assert {"name", "description", "datePublished", "license"} <= set(root)
    assert [part["@id"] for part in root["hasPart"]] == ["images/P1/2.25.1/2.25.2.zip", "tables/sv.csv"]
    assert entities["tables/sv.csv"]["sha256"] == "aa"


def references(value: object) -> list[str]:
    if isinstance(value, dict):
        return [value["@id"]] if set(value) == {"@id"} else [r for v in value.values() for r in references(v)]
    return [r for v in value for r in references(v)] if isinstance(value, list) else []


def test_every_reference_names_an_entity_of_the_crate() -> None:
    crate = ro_crate(FACTS, OBJECTS)
    entities = described(crate)
    assert len(entities) == len(crate["@graph"])
    wanted = set(references(crate["@graph"])) - {"https://w3id.org/ro/crate/1.2"}
    assert wanted <= set(entities)
    assert all("@type" in e and e["@id"] for e in crate["@graph"])


def test_equal_facts_give_equal_bytes_whatever_the_order_of_objects() -> None:
    assert crate_bytes(FACTS, OBJECTS) == crate_bytes(FACTS, reversed(OBJECTS))
    assert json.loads(crate_bytes(FACTS, OBJECTS)) == ro_crate(FACTS, OBJECTS)


def test_licences_become_urls() -> None:
    assert licence_url("CC-BY-4.0") == "https://spdx.org/licenses/CC-BY-4.0"
    assert licence_url("https://x.example/terms") == "https://x.example/terms"
    assert licence_url("on request") == "#on-request"


def test_file_names_are_encoded_as_uris() -> None:
    crate = ro_crate(FACTS, [ReleaseObject(path="tables/größe a.csv", size=1, sha256="aa")])
    assert "tables/gr%C3%B6%C3%9Fe%20a.csv" in described(crate)
