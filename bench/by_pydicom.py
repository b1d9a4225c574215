"""guideit's own rules applied through pydicom objects only: what the fast path is worth."""

from __future__ import annotations

import sys
from pathlib import Path

from guideit.actions.folder_survey import survey_file
from guideit.deid.engine import Engine
from guideit.deid.keys import Keys
from guideit.deid.oracle import rewrite_dataset
from guideit.deid.policy import load_policy
from guideit.deid.subject import CleanInstance, Identifier, Subject
from guideit.dicom.part10 import frame
from guideit.storage.folder_writer import FolderWriter
from guideit.trial.parse import parse_deidentification


def main(source: Path, target: Path, policy: Path) -> None:
    """Clean every file below `source` by pydicom's way."""
    settings = parse_deidentification(policy.read_text("utf-8"))
    engines: dict[str, Engine] = {}
    for path in sorted(source.rglob("*.dcm")):
        seen = survey_file(path)
        assert seen is not None
        if seen.patient not in engines:
            named = seen.identifiers | {Identifier(kind="id", text=seen.patient)}
            subject = Subject(source_id=seen.patient, pseudonym="P", shift_days=-400, identifiers=named)
            engines[seen.patient] = Engine(load_policy(settings), Keys(bytes(32), "bench"), subject)
        engine, data = engines[seen.patient], path.read_bytes()
        framing, run = rewrite_dataset(data, frame(data[:65536]), engine.values, engine._attested)
        result = engine._checked(run, framing, "", engine._pieces)
        assert isinstance(result, CleanInstance)
        FolderWriter(target).write(result)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
