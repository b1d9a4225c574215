"""What else tells one head from another: metal and teeth. Flagged only; nothing is taken out for it."""

from __future__ import annotations

from guideit.deid.faces.scans import Scan

METAL_HU, TEETH_HU = 2_600.0, 1_600.0
"""Hounsfield units above which there is metal; above which there is enamel or dense bone."""
LEAST = 60.0
"""Cubic millimetres that must be so bright."""


def hardware(scan: Scan) -> frozenset[str]:
    """`metal`, `teeth`: what a CT shows; empty for other modalities, which do not tell."""
    if scan.modality != "CT" or len(scan.corners) < 2:
        return frozenset()
    step = float(scan.heights[-1] - scan.heights[0]) / (len(scan.corners) - 1)
    voxel = scan.spacing[0] * scan.spacing[1] * step
    found = {"metal": METAL_HU, "teeth": TEETH_HU}
    return frozenset(name for name, limit in found.items() if float((scan.values > limit).sum()) * voxel >= LEAST)
