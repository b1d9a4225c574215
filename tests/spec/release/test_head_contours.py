"""What outlines a head stays back with the head."""

from __future__ import annotations

from pathlib import Path

from guideit.actions.deidentify import deidentify
from guideit.actions.review import decide, findings
from guideit.testing.desk import instance, now, open_desk

STRUCTURES = "1.2.840.10008.5.1.4.1.1.481.3"


def test_contours_beside_a_head_that_is_held_back_are_held_back(tmp_path: Path) -> None:
    """A structure set may hold the outer contour of the head, from which a face can be rendered as from the volume.
    One of another study passes. Once a person accepts the volume, its contours pass with it."""
    with open_desk(tmp_path) as desk:
        desk.put(
            head=instance(1, SeriesInstanceUID="1.2.3.11", Modality="MR", BodyPartExamined="HEAD"),
            contours=instance(2, SeriesInstanceUID="1.2.3.12", Modality="RTSTRUCT", SOPClassUID=STRUCTURES),
            elsewhere=instance(
                3,
                SeriesInstanceUID="1.2.3.13",
                StudyInstanceUID="1.2.4",
                Modality="RTSTRUCT",
                SOPClassUID=STRUCTURES,
            ),
        )
        desk.submit()
        done = deidentify(desk.archive, "small", by="steward", now=now)
        assert (done.held, done.cleaned) == (2, 1)
        held = {row["rule"]: row["id"] for row in findings(desk.archive, "small")}
        assert held.keys() == {"hold.head-volume", "hold.head-contours"}
        decide(desk.archive, held["hold.head-volume"], decision="accept", by="reader", now=now, reason="defaced")
        done = deidentify(desk.archive, "small", by="steward", now=now)
        assert (done.held, done.cleaned) == (0, 2)
