"""Names in disguise as the verifier sees them. All people here are made up."""

from __future__ import annotations

import base64

import pytest

from guideit.quality.needles import needles
from guideit.quality.written_dates import days_in

WANTED = needles(frozenset({("name", "Kowalewski^Anna"), ("date", "19560401")}), frozenset())


@pytest.mark.parametrize(
    "written",
    [
        "K0walewski",
        "Kowa1ewsk1",
        "iksWelawoK",
        "Коwаlewski",
        "Kowa%6Cewski",
        "Kowa&#108;ewski",
        "Kowa\\x6cewski",
        "Kowa=6Cewski",
        "4b6f77616c6577736b69",
        "4b 6f 77 61 6c 65 77 73 6b 69",
        base64.b64encode(b"Anna Kowalewski").decode(),
    ],
    ids=ascii,
)
def test_a_name_in_disguise_is_seen(written: str) -> None:
    assert WANTED.in_text(f"chest {written} late")


@pytest.mark.parametrize(
    "text",
    [
        "T2w 50%",
        "b=1000",
        "A&B",
        "c:\\x",
        "1a2b3c4d5e",
        "deadbeefdeadbeef",
        "U2VyaWVzRGVzY3JpcHRpb24=",
        "MPRAGE",
    ],
)
def test_what_hides_nobody_is_passed(text: str) -> None:
    assert not WANTED.in_text(text)


def test_the_first_of_a_month_in_french() -> None:
    assert "19560401" in days_in("1er avril 1956")
