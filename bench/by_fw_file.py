"""fw-file-rs over a folder: headers by its compiled code, pixels copied as they are."""

from __future__ import annotations

import sys
from pathlib import Path

from fw_file_rs.dcm import Context

PROFILE = """
version: 1
name: bench
dicom:
  date-increment: -400
  remove-private-tags: true
  fields:
    - {name: PatientName, replace-with: REDACTED}
    - {name: PatientID, replace-with: P}
    - {name: PatientBirthDate, remove: true}
    - {name: InstitutionName, remove: true}
    - {name: InstitutionAddress, remove: true}
    - {name: StationName, remove: true}
    - {name: OperatorsName, remove: true}
    - {name: PerformingPhysicianName, remove: true}
    - {name: DeviceSerialNumber, remove: true}
    - {name: StudyDate, increment-date: true}
    - {name: SeriesDate, increment-date: true}
    - {name: StudyInstanceUID, hashuid: true}
    - {name: SeriesInstanceUID, hashuid: true}
    - {name: SOPInstanceUID, hashuid: true}
"""


def main(source: Path, target: Path) -> None:
    """De-identify every file below `source`."""
    context = Context().deid_profile(PROFILE)
    for path in sorted(source.rglob("*.dcm")):
        out = target / path.relative_to(source)
        out.parent.mkdir(parents=True, exist_ok=True)
        header = context.read_until_pixels(str(path))
        with path.open("rb") as file, out.open("wb") as clean:
            file.seek(len(header))
            clean.write(context.deid_header(header))
            clean.write(file.read())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
