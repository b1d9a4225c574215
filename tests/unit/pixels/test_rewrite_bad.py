"""Pixel data that are damaged, lie about their size or would grow without bound are refused, with a reason."""

from __future__ import annotations

import mmap
import random
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate, get_frame

from guideit.deid.pixels.frames import open_pixels
from guideit.deid.pixels.layout import Stored
from guideit.deid.pixels.rewrite_frames import rewritten
from guideit.deid.pixels.source import read_source
from guideit.deid.pixels.splice import with_syntax
from guideit.errors import NotUnderstood
from guideit.testing.pixelled import Made, file_of, values_of

L = "1.2.840.10008.1.2.4."
EXPLICIT, DEFLATED, RLE = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.5"
VIDEO = (94, 95, 100, 102, 107, 110, 111, 112)
"""And JPEG XL, and pixels at the end of a link."""
COMPRESSED = [*(f"{L}{n}" for n in (50, 57, 70, 80, 90, 201)), RLE]
NATIVE = ["1.2.840.10008.1.2", EXPLICIT, DEFLATED, "1.2.840.10008.1.2.2"]


def small(syntax: str, frames: int = 2) -> bytes:
    made = Made(syntax=syntax, allocated=8, bits=8, high=7, frames=frames, rows=32, columns=32)
    return file_of(made, values_of(made))


def altered(source: bytes, **values: Any) -> bytes:
    ds = pydicom.dcmread(BytesIO(source))
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    buffer = BytesIO()
    ds.save_as(buffer)
    return buffer.getvalue()


def first_stream(source: bytes) -> bytes:
    return get_frame(pydicom.dcmread(BytesIO(source)).PixelData, 0, number_of_frames=1)


def inverted(number: int, stored: Stored) -> Stored:
    return ~stored


def refused(data: bytes) -> str:
    with pytest.raises(NotUnderstood) as reason:
        rewritten(data, inverted)
    return str(reason.value)


@pytest.mark.parametrize("syntax", [*NATIVE[:2], NATIVE[3], *COMPRESSED])
@pytest.mark.parametrize("left", [0.5, 0.9])
def test_a_file_that_is_cut_off(syntax: str, left: float) -> None:
    source = small(syntax)
    assert refused(source[: int(len(source) * left)])


@pytest.mark.parametrize("syntax", COMPRESSED)
@pytest.mark.parametrize("what", ["cut off", "noise", "empty", "head and noise"])
def test_a_code_stream_that_is_none(syntax: str, what: str) -> None:
    source = small(syntax, frames=1)
    stream = first_stream(source)
    noise = random.Random(1).randbytes(len(stream))
    damaged = {
        "cut off": stream[: len(stream) // 2],
        "noise": noise,
        "empty": b"\0\0",
        "head and noise": stream[:40] + noise[40:-2] + b"\xff\xd9",
    }[what]
    assert refused(altered(source, PixelData=encapsulate([damaged])))


@pytest.mark.parametrize("syntax", [*NATIVE, *COMPRESSED])
@pytest.mark.parametrize("frames", [3, 10_000, 2**31 - 1])
def test_more_frames_said_than_there_are(syntax: str, frames: int) -> None:
    assert refused(altered(small(syntax), NumberOfFrames=frames))


@pytest.mark.parametrize("syntax", COMPRESSED)
def test_fewer_frames_said_than_there_are(syntax: str) -> None:
    """What nobody counted nobody has looked at."""
    assert "number of frames" in refused(altered(small(syntax), NumberOfFrames=1))


@pytest.mark.parametrize("syntax", [*NATIVE, *COMPRESSED])
@pytest.mark.parametrize(("rows", "columns"), [(65535, 65535), (40_000, 40_000), (65535, 1), (33, 32), (31, 32)])
def test_a_size_that_is_not_that_of_the_pixels(syntax: str, rows: int, columns: int) -> None:
    """Native pixels may be more than are said: what follows is none, and the engine blanks it."""
    if syntax in NATIVE and rows < 32:
        pytest.skip("more bytes than pixels is no error")
    assert refused(altered(small(syntax), Rows=rows, Columns=columns))


def test_a_file_in_which_the_way_to_the_pixels_is_lost_is_not_one_without_pixels() -> None:
    source = small(EXPLICIT)
    at = source.index(b"\x28\x00\x10\x00US")
    assert "no pixel data" not in refused(source[: at + 9])
    longer = bytearray(source)
    longer[at + 6 : at + 8] = b"\xff\xff"
    assert "no pixel data" not in refused(bytes(longer[: at + 5000]))


def said_to_be(syntax: str, data: bytes) -> bytes:
    """A file whose meta information names another transfer syntax."""
    source = read_source(data)
    assert source is not None
    return with_syntax(source.prefix, syntax) + data[len(source.prefix) :]


@pytest.mark.parametrize("syntax", [*(f"{L}{n}" for n in VIDEO), "1.2.840.10008.1.2.8.1", "1.2.3"])
def test_a_compression_nobody_here_reads(syntax: str) -> None:
    """Video, JPEG XL, pixels at the end of a link, deflated frames."""
    assert refused(said_to_be(syntax, small(f"{L}80")))


@pytest.mark.parametrize(
    "values",
    [
        {"Rows": 0},
        {"BitsAllocated": 12},
        {"BitsStored": 17},
        {"SamplesPerPixel": 2},
        {"SamplesPerPixel": 4},
        {"BitsAllocated": 0},
    ],
)
def test_a_header_that_cannot_be(values: dict[str, int]) -> None:
    assert refused(altered(small(EXPLICIT), **values))


@pytest.mark.parametrize(("said", "coded"), [(EXPLICIT, f"{L}80"), (f"{L}80", EXPLICIT), (f"{L}90", f"{L}70")])
def test_pixels_encoded_as_another_syntax_says(said: str, coded: str) -> None:
    assert refused(said_to_be(said, small(coded)))


FUZZ = """
import random, sys
from pathlib import Path
from guideit.deid.pixels.rewrite_frames import rewritten
from guideit.errors import NotUnderstood
source, seed, times = Path(sys.argv[1]).read_bytes(), int(sys.argv[2]), int(sys.argv[3])
start = source.index(b"\\xe0\\x7f\\x10\\x00") + 28
read = 0
for turn in range(times):
    chance = random.Random(f"{seed} {turn}")
    data = bytearray(source)
    for _ in range(chance.randint(1, 6)):
        data[chance.randrange(start, len(data) - 8)] = chance.randrange(256)
    try:
        rewritten(bytes(data), lambda number, stored: ~stored)
        read += 1
    except NotUnderstood:
        pass
print(read)
"""


@pytest.mark.parametrize("syntax", COMPRESSED)
def test_bytes_changed_at_random_are_refused_or_read_and_never_crash(syntax: str, tmp_path: Path) -> None:
    (tmp_path / "in.dcm").write_bytes(small(syntax))
    command = [sys.executable, "-c", FUZZ, str(tmp_path / "in.dcm"), "1", "150"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-500:]


MEASURE = """
import mmap, resource, sys
from pathlib import Path
from guideit.deid.pixels.blank import blanking, outside_identical
from guideit.deid.pixels.frames import open_pixels
from guideit.deid.pixels.regions import Box, Region
from guideit.deid.pixels.rewrite_frames import rewritten
from guideit.errors import NotUnderstood
with open(sys.argv[1], "rb") as handle:
    data = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
def most():
    status = Path("/proc/self/status")  # getrusage also counts the parent, before this program was loaded
    lines = status.read_text().splitlines() if status.exists() else []
    found = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
    return (found or [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss])[0] // 1024
before = most()
said = ""
try:
    file = open_pixels(data)
    for frame in file.stored():
        frame.max()
    if sys.argv[2] == "write":
        rewritten(data, blanking([Region(rule="x", box=Box(1, 1, 9, 9))], file, 0))
except NotUnderstood as reason:
    said = reason.what
print(most(), before, said, sep="|")
"""


def measured(path: Path, what: str) -> tuple[int, int, str]:
    """Largest memory in MB, that before the file was opened, and why it was refused."""
    done = subprocess.run([sys.executable, "-c", MEASURE, str(path), what], capture_output=True, check=True, text=True)
    most, before, said = done.stdout.strip().split("|")
    return int(most), int(before), said


@pytest.mark.parametrize("syntax", [EXPLICIT, RLE, f"{L}80", f"{L}50"])
def test_ten_thousand_frames_take_little_memory(syntax: str, tmp_path: Path) -> None:
    made = Made(syntax=syntax, allocated=8, bits=8, high=7, rows=64, columns=64, frames=1)
    one = file_of(made, values_of(made) // 16)
    native = syntax == EXPLICIT
    many = pydicom.dcmread(BytesIO(one)).PixelData * 10_000 if native else encapsulate([first_stream(one)] * 10_000)
    path = tmp_path / "many.dcm"
    path.write_bytes(altered(one, NumberOfFrames=10_000, PixelData=many))
    most, _, said = measured(path, "write")
    assert said == ""
    assert most < 600


def test_a_slide_of_forty_thousand_rows_and_columns_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    """Whether it is native, lying in 1.6 GB of a file, or a code stream of a few bytes that claims to be that large."""
    path = tmp_path / "slide.dcm"
    head = altered(small(EXPLICIT, frames=1), Rows=40_000, Columns=40_000, PixelData=bytes(2))
    with path.open("wb") as handle:
        handle.write(head[:-6] + (1_600_000_000).to_bytes(4, "little"))
        handle.truncate(len(head) - 2 + 1_600_000_000)  # a hole: takes no room
    for source in (None, altered(small(f"{L}90", frames=1), Rows=40_000, Columns=40_000)):
        if source is not None:
            path.write_bytes(source)
        start = time.monotonic()
        most, before, said = measured(path, "read")
        assert said == "a frame is too large to be looked at"
        assert most < before + 100
        assert time.monotonic() - start < 20


def test_native_frames_of_a_mapped_file_are_not_copied(tmp_path: Path) -> None:
    made = Made(syntax=EXPLICIT, frames=8, rows=64, columns=64)
    path = tmp_path / "in.dcm"
    path.write_bytes(file_of(made, values_of(made)))
    with path.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        file = open_pixels(mapped)  # type: ignore[arg-type]
        assert file is not None
        frames = list(file.stored())
        whole = np.frombuffer(mapped, "u1")
        assert all(np.shares_memory(frame, whole) for frame in frames)
        del frames, file, whole


@pytest.mark.parametrize("syntax", [f"{L}80", f"{L}90", f"{L}201", f"{L}70"])
def test_a_code_stream_that_claims_a_huge_size_is_refused_before_it_is_decoded(syntax: str, tmp_path: Path) -> None:
    source = bytearray(small(syntax, frames=1))
    size = (32).to_bytes(4, "big") * 2 if syntax.endswith(("90", "201")) else (32).to_bytes(2, "big") * 2
    at = source.index(size, source.index(b"\xe0\x7f\x10\x00"))
    half = len(size) // 2
    source[at : at + 2 * half] = (30_000).to_bytes(half, "big") * 2
    path = tmp_path / "in.dcm"
    path.write_bytes(source)
    most, before, said = measured(path, "read")
    assert said == "a code stream of another size than the header says"
    assert most < before + 100
