"""Heads looked for and faces taken out: seconds of one core for a volume."""

from __future__ import annotations

import time

from guideit.deid.faces.find import find_head
from guideit.deid.faces.mask import FaceMask
from guideit.testing.heads import changed, openers
from guideit.testing.scanned_heads import STACKS, ScannedHead
from guideit.testing.warped import Warped

KINDS = (("CT", "axial"), ("MR", "sagittal"), ("PT", "oblique"))


def measured() -> list[str]:
    """Lines of the page."""
    lines = [
        "## Faces",
        "",
        "| generated head | voxels | verdict | seconds to look | to take out |",
        "|---|---|---|---:|---:|",
    ]
    return lines + [_row(modality, stack) for modality, stack in KINDS]


def _row(modality: str, stack: str) -> str:
    images = ScannedHead(head=Warped(), stack=stack, modality=modality).images()
    start = time.process_time()
    head = find_head([openers(images)])
    looked = time.process_time()
    changed(images, FaceMask.of(head).change)
    done = time.process_time()
    size = " x ".join(str(n) for n in STACKS[stack].shape)
    seconds = f"{looked - start:.1f} | {done - looked:.1f}"
    return f"| {modality}, {stack} | {size} | {head.verdict.value} | {seconds} |"


if __name__ == "__main__":
    print("\n".join(measured()))
