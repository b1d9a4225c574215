"""What goes of a head: one function of the patient's coordinates, the same for every series of a frame of reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from guideit.deid.faces.atlas import Bools, Label, Matrix, atlas
from guideit.deid.faces.head import Head
from guideit.deid.pixels.frames import PixelFile, Stored
from guideit.dicom.planes import Plane, planes
from guideit.errors import NotUnderstood
from guideit.trial.deidentification import FaceFill


@dataclass(frozen=True, kw_only=True, eq=False)
class FaceMask:
    """Where a head's face and ears lie.

    Attributes:
        head: As found.
        fill: What takes their place.
        keep_eyes: The eyeballs stay (radiotherapy plans against them); what covers them goes.
    """

    head: Head
    fill: FaceFill = FaceFill.BLANK
    keep_eyes: bool = False

    @classmethod
    def of(cls, head: Head, *, fill: FaceFill = FaceFill.BLANK, keep_eyes: bool = False) -> FaceMask:
        """The mask of a head.

        Raises:
            NotUnderstood: No head was located.
        """
        _ = head.to_patient
        return cls(head=head, fill=fill, keep_eyes=keep_eyes)

    def at(self, points: Matrix) -> Bools:
        """Which points (..., 3), x, y, z in mm, LPS, go."""
        back = np.linalg.inv(self.head.to_patient)
        there = points @ back[:3, :3].T + back[:3, 3]
        found: Bools = self._goes[atlas().voxels(there)]
        return found

    @cached_property
    def _goes(self) -> Bools:
        """On the template's grid."""
        goes = self.head.goes()
        return goes & ~atlas().has(Label.EYES) if self.keep_eyes else goes

    def on(
        self,
        origin: Matrix,
        row_cosine: Matrix,
        column_cosine: Matrix,
        spacing: tuple[float, float],
        shape: tuple[int, int],
    ) -> Bools:
        """Which pixels (rows, columns) of a plane go.

        Args:
            origin: Centre of the first pixel, x, y, z in mm, LPS.
            row_cosine, column_cosine: Directions of a row, of a column.
            spacing: Millimetres between rows, between columns.
            shape: Rows, columns.
        """
        return self.at(points_on(origin, row_cosine, column_cosine, spacing, shape))

    def of_plane(self, plane: Plane, shape: tuple[int, int]) -> Bools:
        """Which pixels of a frame go."""
        row, column = np.asarray(plane.orientation[:3]), np.asarray(plane.orientation[3:])
        return self.on(np.asarray(plane.position), row, column, plane.spacing, shape)

    def of_frame(self, file: PixelFile, index: int) -> Bools:
        """Which pixels of frame `index` of an instance go.

        Raises:
            NotUnderstood: The instance does not say where its frames lie.
        """
        return self.of_plane(_planes(file)[index], (file.rows, file.columns))

    def change(self, file: PixelFile) -> Callable[[int, Stored], Stored]:
        """A function of frame number and stored values (rows, columns) that gives them without the face.

        What lies outside the mask stays as it is, bit for bit.

        Raises:
            NotUnderstood: The instance does not say where its frames lie.
        """
        from guideit.deid.faces.fill import filled

        where = _planes(file)

        def without_face(index: int, stored: Stored) -> Stored:
            goes = self.of_plane(where[index], (file.rows, file.columns))
            return filled(file, where[index], stored, goes, self) if goes.any() else stored

        return without_face


def points_on(
    origin: Matrix, row_cosine: Matrix, column_cosine: Matrix, spacing: tuple[float, float], shape: tuple[int, int]
) -> Matrix:
    """Where a plane's pixels lie: (rows, columns, 3), x, y, z in mm."""
    down = np.arange(shape[0])[:, None, None] * spacing[0] * np.asarray(column_cosine)
    across = np.arange(shape[1])[None, :, None] * spacing[1] * np.asarray(row_cosine)
    found: Matrix = np.asarray(origin) + down + across
    return found


def _planes(file: PixelFile) -> list[Plane]:
    found = list(planes(file.dataset))
    if len(found) != file.frames:
        raise NotUnderstood("the frames' places do not match the number of frames")
    return found
