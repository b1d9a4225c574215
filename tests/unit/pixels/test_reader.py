"""The reader of text: offline, and refused where it is missing."""

import socket
import sys

import numpy as np
import pytest

from guideit.deid.pixels import reader
from guideit.errors import DetectorMissing


def test_without_rapidocr_the_line_to_type_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    reader.open_reader.cache_clear()
    with pytest.raises(DetectorMissing) as refused:
        reader.open_reader()
    assert refused.value.do == "pip install 'guideit[pixels]'"


def test_a_wheel_without_models_is_refused_and_nothing_is_fetched(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(DetectorMissing):
        reader._model(tmp_path_factory.mktemp("wheel"), "det")


def test_it_opens_and_reads_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rapidocr")

    def no_network(*_: object, **__: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    monkeypatch.setattr(socket, "create_connection", no_network)
    reader.open_reader.cache_clear()
    opened = reader.open_reader()
    assert opened.detect(np.zeros((64, 64), np.uint8)) == ()
    assert opened.name.startswith("rapidocr 3.")


def test_it_is_loaded_once_for_a_process() -> None:
    pytest.importorskip("rapidocr")
    assert reader.open_reader() is reader.open_reader()
