"""Fixtures that several chapters use."""

from __future__ import annotations

import urllib.request
import uuid
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("guideit", deadline=None, derandomize=True)
settings.load_profile("guideit")


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    """moto's S3 server on loopback (rclone's answers range requests without 206, which obstore refuses)."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_endpoint: str) -> tuple[str, dict[str, str]]:
    """URL below a new bucket, and the options to reach it."""
    name = f"bucket-{uuid.uuid4().hex}"
    request = urllib.request.Request(f"{s3_endpoint}/{name}", method="PUT")
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
    options = {
        "aws_endpoint": s3_endpoint,
        "aws_access_key_id": "key",
        "aws_secret_access_key": "secret",
        "aws_region": "us-east-1",
    }
    return f"s3://{name}/pre/fix", options
