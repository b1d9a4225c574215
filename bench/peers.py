"""The peers: what is run, which version, and what to type where one is missing."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench.measure import Runner

BIN = Path(sys.executable).parent
POLICY = 'options = ["clean-descriptors", "retain-longitudinal-modified-dates", "retain-patient-characteristics"]\n'


def runners(files: int, few: int, work: Path) -> tuple[list[Runner], list[str]]:
    """Everything that can run here, and a line for each peer that cannot."""
    key, policy = work / "key.hex", work / "policy.toml"
    key.write_text("00" * 32, "ascii")
    policy.write_text(POLICY, "utf-8")
    options = ["--key", str(key), "--policy", str(policy)]
    guideit = str(BIN / "guideit")
    here = [
        Runner(name="cp", version="coreutils", command=lambda s, t: ["cp", "-r", str(s), str(t)], files=files),
        *(
            Runner(
                name=f"guideit deid, {n} process{'es' if n > 1 else ''}",
                version=importlib.metadata.version("guideit"),
                command=lambda s, t: [guideit, "deid", str(s), str(t), *options],
                files=files,
                environment={"GUIDEIT_WORKERS": str(n)},
            )
            for n in (1, 2)
        ),
        Runner(
            name="the same rules by pydicom objects",
            version=f"pydicom {importlib.metadata.version('pydicom')}",
            command=lambda s, t: [sys.executable, "-m", "bench.by_pydicom", str(s), str(t), str(policy)],
            files=few,
        ),
    ]
    missing: list[str] = []
    for make, slices in (
        (_dicognito, few),
        (_dcmanon, files),
        (_fw_file, files),
        (_gdcmanon, files),
        (_dcmodify, files),
    ):
        runner = make(slices)
        if isinstance(runner, Runner):
            here.append(runner)
        else:
            missing.append(runner)
    return here, missing


def _dicognito(files: int) -> Runner | str:
    if not importlib.util.find_spec("dicognito"):
        return "dicognito: pip install dicognito"
    return Runner(
        name="dicognito",
        version=importlib.metadata.version("dicognito"),
        command=lambda s, t: [sys.executable, "-m", "dicognito", "-o", str(t), "--quiet", str(s)],
        files=files,
    )


def _dcmanon(files: int) -> Runner | str:
    if not importlib.util.find_spec("dcmanon"):
        return "dcmanon: pip install dcmanon"
    return Runner(
        name="dcmanon",
        version=importlib.metadata.version("dcmanon"),
        command=lambda s, t: [sys.executable, "-m", "bench.by_dcmanon", str(s), str(t)],
        files=files,
    )


def _fw_file(files: int) -> Runner | str:
    if not importlib.util.find_spec("fw_file_rs"):
        return "fw-file-rs: pip install fw-file-rs"
    return Runner(
        name="fw-file-rs",
        version=importlib.metadata.version("fw-file-rs"),
        command=lambda s, t: [sys.executable, "-m", "bench.by_fw_file", str(s), str(t)],
        files=files,
    )


def _gdcmanon(files: int) -> Runner | str:
    if not shutil.which("gdcmanon"):
        return "gdcmanon: apt-get install libgdcm-tools"
    shown = subprocess.run(["gdcmanon", "--version"], capture_output=True, text=True, check=False).stdout
    return Runner(
        name="gdcmanon",
        version=shown.split()[2] if len(shown.split()) > 2 else "?",
        command=lambda s, t: [
            "sh",
            "-c",
            _tree("gdcmanon --dumb --continue --recursive --empty 10,10 --empty 10,20", s, t),
        ],
        files=files,
    )


def _tree(command: str, source: Path, target: Path) -> str:
    return f"mkdir -p {target} && {command} -i {source} -o {target}"


def _dcmodify(files: int) -> Runner | str:
    if not shutil.which("dcmodify"):
        return "dcmodify: apt-get install dcmtk"
    shown = subprocess.run(["dcmodify", "--version"], capture_output=True, text=True, check=False).stdout
    erased = " ".join(f"-ea '({tag})'" for tag in ("0010,0030", "0008,0080", "0008,0081", "0008,1070"))
    edits = f"-nb -imt -ma '(0010,0010)=A' -ma '(0010,0020)=B' {erased} -ep"
    return Runner(
        name="dcmodify (few edits, in place on a copy)",
        version=shown.split("v")[1].split()[0] if "v" in shown else "?",
        command=lambda s, t: ["sh", "-c", f"cp -r {s} {t} && find {t} -name '*.dcm' | xargs dcmodify {edits}"],
        files=files,
        environment={"DCMDICTPATH": os.environ.get("DCMDICTPATH", "/usr/share/libdcmtk17/dicom.dic")},
    )
