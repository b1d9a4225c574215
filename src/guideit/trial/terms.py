"""Closed lists of terms that a declaration may use, as data, each with its source."""

from __future__ import annotations

MODALITIES = frozenset(
    {
        "ANN", "AR", "ASMT", "AU", "BDUS", "BI", "BMD", "CFM", "CR", "CT", "CTPROTOCOL", "DG", "DMS", "DOC", "DX",
        "ECG", "EEG", "EMG", "EOG", "EPS", "ES", "FID", "GM", "HC", "HD", "IO", "IOL", "IVOCT", "IVUS", "KER", "KO",
        "LEN", "LS", "M3D", "MG", "MR", "NM", "OAM", "OCT", "OP", "OPM", "OPT", "OPTBSV", "OPTENF", "OPV", "OSS",
        "OT", "PA", "PLAN", "POS", "PR", "PT", "PX", "REG", "RESP", "RF", "RG", "RTDOSE", "RTIMAGE", "RTINTENT",
        "RTPLAN", "RTRAD", "RTRECORD", "RTSEGANN", "RTSTRUCT", "RWV", "SC", "SEG", "SM", "SMR", "SR", "SRF", "STAIN",
        "TEXTUREMAP", "TG", "US", "VA", "XA", "XAPROTOCOL", "XC",
    }
)  # fmt: skip
"""Defined Terms of Modality (0008,0060), PS3.3 C.7.3.1.1.1, and the `SC` that older files carry."""

HOLDS = frozenset(
    {
        "hold.secondary-capture", "hold.burned-in-annotation", "hold.burned-in-modality", "hold.head-volume",
        "hold.overlay", "hold.encapsulated-document", "hold.structured-report", "hold.waveform-annotation",
        "hold.visible-features", "hold.head-contours",
    }
)  # fmt: skip
"""Rules that hold a series back and that a trial may accept."""

REVIEWED = ("hold.", "check.", "pixels.", "faces.", "text.", "risk.")
"""How rules begin whose findings a person may decide on. Others stand until the input or the policy changes."""
