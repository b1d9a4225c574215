"""dicom: what an encoded DICOM file is, and the standard's tables as facts; decides nothing."""
