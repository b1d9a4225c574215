"""Frames of a file one after the other, decoded where they lie: an object of 10 GB costs one frame."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple, cast

from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.datadict import keyword_for_tag
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import convert_color_space
from pydicom.pixels.utils import as_pixel_options

from guideit.dicom.codecs import register
from guideit.quality.elements import PIXELS
from guideit.quality.reading import Opened, Window

LARGEST = 1 << 27
"""Samples of one frame; a larger one is not decoded, so nothing is proved of it."""


class Frame(NamedTuple):
    """A frame's stored values, (rows, columns) or (rows, columns, samples), and their photometric interpretation."""

    values: NDArray[Any]
    photometric: str

    def as_rgb(self) -> Frame | None:
        """In RGB; None where it is no colour that can be converted (PS3.3 C.7.6.3.1.2)."""
        if self.photometric == "RGB":
            return self
        if self.photometric != "YBR_FULL":
            return None
        return Frame(convert_color_space(self.values, "YBR_FULL", "RGB"), "RGB")


def frames(file: Opened) -> Iterator[Frame]:
    """Every frame in order, in the values as they are stored. It raises whatever a codec raises."""
    register()
    dataset = file.dataset
    rows, columns, samples = (int(dataset.get(name) or 1) for name in ("Rows", "Columns", "SamplesPerPixel"))
    if rows * columns * samples > LARGEST:
        raise ValueError("a frame is too large")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        options = as_pixel_options(dataset) | _where(dataset)
        # all bits as they lie: what stands in bits that no pixel uses is looked at too
        options["correct_unused_bits"] = False
        for values, told in get_decoder(file.syntax).iter_array(_source(file), raw=True, **options):
            yield Frame(values, _decoded(str(told["photometric_interpretation"])))


def _where(dataset: Dataset) -> dict[str, str]:
    """Which of the three kinds of pixel data it has (PS3.3 C.7.6.3, C.7.6.24, C.7.6.25), and its VR."""
    tag = next(tag for tag in PIXELS if tag in dataset)
    element = dataset.get_item(tag)
    return {"pixel_keyword": keyword_for_tag(tag), "pixel_vr": str(element.VR or "OW") if element else "OW"}


def _source(file: Opened) -> memoryview | BinaryIO:
    """Native pixels as they lie in memory; encapsulated ones by the window, which copies one fragment at a time."""
    view = file.pixels if file.pixels is not None else memoryview(b"")
    return cast("BinaryIO", Window(view)) if file.dataset.file_meta.TransferSyntaxUID.is_encapsulated else view


def _decoded(photometric: str) -> str:
    """After decoding no colour is sub-sampled, and JPEG 2000's own transforms are undone."""
    return {"YBR_FULL_422": "YBR_FULL", "YBR_RCT": "RGB", "YBR_ICT": "RGB"}.get(photometric, photometric)
