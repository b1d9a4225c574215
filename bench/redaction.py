"""How fast frames are blanked, by transfer syntax: decoded, changed, encoded, decoded again and compared.

python -m bench.redaction
"""

from __future__ import annotations

import statistics
import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from guideit.deid.pixels.blank import blanking, outside_identical
from guideit.deid.pixels.frames import open_pixels
from guideit.deid.pixels.regions import Box, Region
from guideit.deid.pixels.rewrite_frames import rewritten
from guideit.testing.pixelled import Made, file_of

FRAMES, SIDE, ROUNDS = 20, 512, 3
BOX = [Region(rule="text.drawn", box=Box(8, 8, 200, 40))]
_L = "1.2.840.10008.1.2.4."
SYNTAXES = {
    "1.2.840.10008.1.2.1": "Explicit VR Little Endian",
    "1.2.840.10008.1.2.2": "Explicit VR Big Endian",
    "1.2.840.10008.1.2.1.99": "Deflated",
    "1.2.840.10008.1.2.5": "RLE",
    f"{_L}51": "JPEG extended, 12 bit",
    f"{_L}70": "JPEG lossless",
    f"{_L}80": "JPEG-LS",
    f"{_L}90": "JPEG 2000 lossless",
    f"{_L}91": "JPEG 2000",
    f"{_L}201": "HTJ2K lossless",
}


class Row(NamedTuple):
    """One syntax: megabytes of uncompressed pixels a second of processor time."""

    name: str
    blanking: float
    proof: float


def frames() -> NDArray[np.uint16]:
    """Slices of a smooth body with noise, 12 bits."""
    rng = np.random.default_rng(7)
    rows, columns = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    body = np.clip(2600 * (1 - rows**2 - columns**2), 0, None) + 600
    return np.asarray((body + rng.normal(0, 25, (FRAMES, SIDE, SIDE))).clip(0, 4095), np.uint16)


def rows() -> list[Row]:
    """A row for each syntax."""
    values = frames()
    return [_row(syntax, name, values) for syntax, name in SYNTAXES.items()]


def _row(syntax: str, name: str, values: NDArray[np.uint16]) -> Row:
    made = Made(
        syntax=syntax, bits=12, high=11, rows=SIDE, columns=SIDE, frames=FRAMES, lossy=syntax.endswith(("51", "91"))
    )
    source = file_of(made, values)
    written, proved = [], []
    for _ in range(ROUNDS):
        start = time.process_time()
        file = open_pixels(source)
        assert file is not None
        redacted = rewritten(source, blanking(BOX, file, 0)).data
        middle = time.process_time()
        assert outside_identical(source, redacted, BOX, 0)
        written.append(middle - start)
        proved.append(time.process_time() - middle)
    size = values.nbytes / 1e6
    return Row(name, size / statistics.median(written), size / statistics.median(proved))


def measured() -> list[str]:
    """Lines of the page."""
    return [
        f"## Blanking: {FRAMES} frames of {SIDE} x {SIDE}, 12 of 16 bits, one box on each",
        "",
        "MB of uncompressed pixels a second of processor time, one process.",
        "The proof decodes source and result and compares them.",
        "",
        "| | blanking MB/s | proof MB/s |",
        "|---|---:|---:|",
        *(f"| {row.name} | {row.blanking:,.0f} | {row.proof:,.0f} |" for row in rows()),
    ]


if __name__ == "__main__":
    print("\n".join(measured()))
