"""A MOUS as casapilot demo makes it, without data that anybody could reduce."""

from __future__ import annotations

from pathlib import Path

import pytest
from casapilot.steps.mous.demo import create_demo
from casapilot.steps.run.start import begin


@pytest.fixture
def mous(tmp_path: Path) -> Path:
    fits = tmp_path / "NGC5921.fits"
    fits.write_bytes(b"SIMPLE  =                    T")
    begin(create_demo(tmp_path / "demo", fits))
    return tmp_path / "demo"
