"""Pictures of a contact sheet: which of a series are shown, how bright, how large."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread, dcmwrite
from pydicom.data import get_testdata_file

from guideit.actions.review.pictures import LONGEST, pictures, seen
from guideit.deid.pixels.frames import open_pixels
from guideit.deid.pixels.regions import Box, Region
from guideit.errors import NotUnderstood
from guideit.testing.desk import instance


def _file(folder: Path, number: int, pixels: NDArray[Any]) -> Path:
    """An instance of grey pixels: (rows, columns) or (frames, rows, columns)."""
    ds = dcmread(io.BytesIO(instance(number)))
    ds.Rows, ds.Columns = pixels.shape[-2:]
    if pixels.ndim == 3:
        ds.NumberOfFrames = pixels.shape[0]
    bits = 8 * pixels.dtype.itemsize
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME2", 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = bits, bits, bits - 1
    ds.add_new("PixelData", "OW" if bits == 16 else "OB", pixels.tobytes())
    path = folder / f"{number}.dcm"
    dcmwrite(path, ds, enforce_file_format=True)
    return path


def _series(folder: Path, count: int) -> tuple[list[Path], list[tuple[int, int, int]]]:
    """Images of 8 x 12, each black but for one pixel of its own."""
    planes = np.zeros((count, 8, 12), np.uint8)
    for number, plane in enumerate(planes):
        plane[number % 8, number // 8] = 255
    return [_file(folder, n, plane) for n, plane in enumerate(planes, start=1)], [(8, 12, 1)] * count


def _image(body: bytes) -> NDArray[np.uint8]:
    return np.asarray(imagecodecs.webp_decode(body))[..., 0]


def test_of_a_few_images_all_are_shown(tmp_path: Path) -> None:
    paths, sizes = _series(tmp_path, 3)
    assert [p.says for p in pictures(paths, sizes, [])] == [f"Image {n} of 3" for n in (1, 2, 3)]


def test_of_many_the_middle_of_each_size_and_their_brightest(tmp_path: Path) -> None:
    paths, sizes = _series(tmp_path, 16)
    paths.append(_file(tmp_path, 17, np.ones((4, 4), np.uint8)))
    found = pictures(paths, [*sizes, (4, 4, 1)], [])
    assert [p.says for p in found][:2] == ["Image 9 of 17", "Image 17 of 17"]
    assert found[2].says == "Brightest of each pixel in 8 images"  # every second one, less the one of another size
    assert (_image(found[2].image) > 100).sum() > 2 * (_image(found[0].image) > 100).sum()


def test_images_on_which_something_is_drawn_are_among_them(tmp_path: Path) -> None:
    paths, sizes = _series(tmp_path, 16)
    found = pictures(paths, sizes, [Region(rule="x", box=Box(0, 0, 4, 4), instance=13)])
    assert [(p.says, p.regions, p.where) for p in found[:2]] == [
        ("Image 9 of 16", (), "@1#9"),
        ("Image 14 of 16", (0,), "@1#14"),
    ]
    assert [number for number, _ in found[1].close] == [0]


def test_frames_of_one_image_are_laid_over_each_other_too(tmp_path: Path) -> None:
    frames = np.zeros((20, 8, 12), np.uint8)
    frames[np.arange(20), np.arange(20) % 8, 3] = 255
    found = pictures(
        [_file(tmp_path, 1, frames)], [(8, 12, 20)], [Region(rule="x", box=Box(0, 0, 2, 2), first=4, last=9)]
    )
    assert [(p.says, p.regions) for p in found] == [
        ("Image 1 of 1, frame 5 of 20", (0,)),
        ("Brightest of each pixel in 16 images", (0,)),
    ]


def test_a_large_image_is_drawn_smaller_and_its_regions_close_up(tmp_path: Path) -> None:
    pixels = np.zeros((2000, 1000), np.uint8)
    pixels[1500:1520, 300:400] = 200
    found = pictures(
        [_file(tmp_path, 1, pixels)], [(2000, 1000, 1)], [Region(rule="x", box=Box(300, 1500, 400, 1520))]
    )[0]
    assert (found.width, found.height) == (1000, 2000)
    assert max(_image(found.image).shape) <= LONGEST
    assert np.asarray(imagecodecs.png_decode(found.close[0][1])).shape == (32, 112)


def test_one_bright_implant_does_not_take_the_greys_from_the_rest(tmp_path: Path) -> None:
    """And keeps its order: what is brighter in the file is not darker in the picture."""
    pixels = np.tile(np.linspace(0, 1000, 300).astype(np.uint16), (300, 1))
    pixels[:4, :4] = 60000
    file = open_pixels(_file(tmp_path, 1, pixels).read_bytes())
    assert file
    grey = seen(file, pixels)
    assert grey[100, 290] - grey[100, 10] > 150
    assert grey[0, 0] > grey[100, 299]
    assert (np.diff(grey[100].astype(int)) >= 0).all()


@pytest.mark.parametrize("name", ["CT_small.dcm", "US1_J2KR.dcm", "examples_palette.dcm", "examples_ybr_color.dcm"])
def test_what_scanners_write_is_shown(name: str) -> None:
    path = get_testdata_file(name, download=False)
    if not path:
        pytest.skip(f"pydicom ships no {name} here")
    found = pictures([Path(str(path))], [(1, 1, 1)], [])
    assert _image(found[0].image).std() > 5


def test_pixels_that_cannot_be_shown_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.dcm"
    path.write_bytes(instance(1))
    with pytest.raises(NotUnderstood, match="no pixels"):
        pictures([path], [(8, 8, 1)], [])
