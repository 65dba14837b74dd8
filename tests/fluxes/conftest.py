"""Nothing here reaches further than this machine."""

from __future__ import annotations

import socket

import pytest
from flux_kit import Service

REAL = socket.socket.connect


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """Refuse every address but 127.0.0.1, and forget proxies."""

    def connect(self, address):
        if self.family == socket.AF_UNIX or address[0] == "127.0.0.1":
            return REAL(self, address)
        raise AssertionError(f"a test has asked {address}")

    def look_up(host, *args, **kwargs):
        assert host == "127.0.0.1", f"a test has looked for {host}"
        return real_look_up(host, *args, **kwargs)

    real_look_up = socket.getaddrinfo
    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    # No second address unless a test has one, and a first one where nobody listens.
    monkeypatch.setenv("FLUX_SERVICE_URL", "http://127.0.0.1:9/sc/flux")
    monkeypatch.setenv("FLUX_SERVICE_URL_BACKUP", "none")


@pytest.fixture
def service():
    made = Service()
    yield made
    made.close()


@pytest.fixture
def backup():
    made = Service()
    yield made
    made.close()
