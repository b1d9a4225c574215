"""The hand-made release with its pixels treated: boxes blanked, a face masked, a lossy object encoded anew.

Like `hand_made` it knows nothing of `deid`: what the cleaning would write is written here a second time.
"""

from __future__ import annotations

import base64
import zlib
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit, JPEGLosslessSV1

from guideit.testing.hand_made import Draft, draft, uid

CT_SERIES, XA_SERIES = "1.2.3.4.10", "1.2.3.4.30"
CT_FILES, XA_FILE = ("1.2.3.4.1.1", "1.2.3.4.1.2", "1.2.3.4.1.3"), "1.2.3.4.3.1"
BOX = (1, 2, 9, 6)
"""Left, top, right, bottom of what is blanked in each slice."""
FACE = (slice(9, 15), slice(3, 13))
"""Rows and columns of what is masked in each slice."""
METHODS = {"113101": "Clean Pixel Data Option", "113102": "Clean Recognizable Visual Features Option"}


def written_mask(mask: NDArray[np.bool_]) -> str:
    """As it stands in the file beside a pack."""
    return base64.b64encode(zlib.compress(np.packbits(mask).tobytes())).decode()


def pixels_of(dataset: Dataset) -> NDArray[np.uint16]:
    """A slice's values, to be changed in place and put back by `put_pixels`."""
    return np.frombuffer(dataset.PixelData, "<u2").reshape(16, 16).copy()


def put_pixels(dataset: Dataset, values: NDArray[np.integer[Any]]) -> None:
    """Write a slice's values."""
    dataset.PixelData = values.astype("<u2").tobytes()


def treated_draft() -> Draft:
    """A CT with a box blanked and a face removed; a JPEG baseline object, now JPEG lossless, with a box blanked."""
    plan = draft()
    plan.policy["settings"]["options"] += ["clean-pixel-data", "clean-recognizable-visual-features"]
    _source_of_high_contrast(plan)
    mask = np.zeros((16, 16), bool)
    mask[FACE] = True
    for name in CT_FILES:
        ds = plan.datasets[name]
        values = pixels_of(plan.sources[name])
        values[mask] = 0
        values[BOX[1] : BOX[3], BOX[0] : BOX[2]] = 0
        put_pixels(ds, values)
        say(ds, "113101", "113102")
    _encode_anew(plan)
    say(plan.xa, "113101")
    box = [0, None, *BOX, "text.detected"]
    told = {"boxes": [box], "masks": {"0": written_mask(mask)}}
    text = {"reader": "by hand", "looked": {"images": 3}}
    face = {"verdict": "face", "transform": [], "measures": {}}
    plan.treated[CT_SERIES] = _file(text, face, {uid(name): dict(told) for name in CT_FILES})
    plan.treated[XA_SERIES] = _file(text, None, {uid(XA_FILE): {"boxes": [list(box)], "masks": {}}})
    return plan


def _file(text: Any, face: Any, instances: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "text": text, "face": face, "instances": instances}


def say(dataset: FileDataset, *codes: str) -> None:
    """Say the two options about pixels of a released object."""
    for code in codes:
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, "DCM", METHODS[code]
        dataset.DeidentificationMethodCodeSequence.append(item)
    if "113101" in codes:
        dataset.BurnedInAnnotation = "NO"
    if "113102" in codes:
        dataset.RecognizableVisualFeatures = "NO"


def _source_of_high_contrast(plan: Draft) -> None:
    for name in CT_FILES:
        for ds in (plan.sources[name], plan.datasets[name]):
            put_pixels(ds, pixels_of(ds) % 4000 + 1)
    plan.xa.LossyImageCompression = plan.sources[XA_FILE].LossyImageCompression = "01"


def _encode_anew(plan: Draft) -> None:
    """Decoded from JPEG baseline, a box blanked, encoded in the lossless one of the family."""
    source = plan.sources[XA_FILE]
    assert source.file_meta.TransferSyntaxUID == JPEGBaseline8Bit
    frames = []
    for values in source.pixel_array.copy():
        values[BOX[1] : BOX[3], BOX[0] : BOX[2]] = 0
        frames.append(bytes(imagecodecs.ljpeg_encode(values)))
    put_frames(plan.xa, frames, JPEGLosslessSV1)


def put_frames(dataset: FileDataset, frames: list[bytes], syntax: Any) -> None:
    """Write encoded frames."""
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = encapsulate(frames)
    dataset["PixelData"].is_undefined_length = True
