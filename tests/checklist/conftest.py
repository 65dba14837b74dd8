from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def nobodys_configuration(tmp_path_factory, monkeypatch):
    """No site or personal checklist of this machine takes part."""
    home = tmp_path_factory.mktemp("config")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "person"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(home / "site"))
    return home


@pytest.fixture
def write(tmp_path):
    """Write a file and return its path."""

    def write(text: str, name: str = "short.toml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write
