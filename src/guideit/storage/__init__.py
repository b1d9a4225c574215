"""storage: sealed objects on a local disk or S3."""
