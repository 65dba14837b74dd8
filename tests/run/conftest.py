"""A reduction that has come as far as the gains, to go on from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from run_kit import Site, copied

UP_TO_BANDPASS = ("import", "listobs", "autocorrelations", "flux-model", "save-before-bandpass", "bandpass")
UP_TO_CONTINUUM = ("save-before-gain", "gain", "flux-scale", "save-before-applycal", "applycal", "split")


def _prepared(root: Path, items: tuple[str, ...]) -> None:
    site = Site(root)
    try:
        site.run(*items)
        assert {site.state(item).value for item in items} == {"done"}
        site.session.shutdown()
    finally:
        site.end()


@pytest.fixture(scope="session")
def to_bandpass(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from casapilot.steps.run.start import start_demo

    root = tmp_path_factory.mktemp("real") / "demo"
    start_demo(root)
    _prepared(root, UP_TO_BANDPASS)
    return root


@pytest.fixture(scope="session")
def to_continuum(to_bandpass: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("real") / "further"
    with copied(to_bandpass, root):
        _prepared(root, (*UP_TO_CONTINUUM, "save-after-applycal", "continuum"))
    return root


@pytest.fixture
def early(to_bandpass: Path, tmp_path: Path) -> Iterator[Site]:
    """A MOUS with its bandpass done."""
    with copied(to_bandpass, tmp_path / "early") as site:
        yield site


@pytest.fixture
def late(to_continuum: Path, tmp_path: Path) -> Iterator[Site]:
    """A MOUS with all done but imaging."""
    with copied(to_continuum, tmp_path / "late") as site:
        yield site
