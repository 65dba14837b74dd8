"""What all tests share: no file of the person who runs them changes an outcome."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

# Examples take longer on a busy machine; how long is not what is tested. The same examples each time: whoever
# changes one thing learns of that thing. `make explore` draws new ones.
settings.register_profile("casapilot", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile("casapilot")


@pytest.fixture(scope="session")
def _git_configuration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("git") / "config"
    path.write_text("[user]\nname = Test Person\nemail = test@example.org\n[init]\ndefaultBranch = main\n")
    return path


@pytest.fixture(autouse=True)
def _own_surroundings(
    _git_configuration: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No git, casapilot or CASA configuration but the tests' own."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(_git_configuration))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(_git_configuration.parent / "none"))
    monkeypatch.setenv("OMP_WAIT_POLICY", "passive")
    # Run by make, a make in a test would take its flags and speak of folders.
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
        monkeypatch.delenv(name, raising=False)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "CASAPILOT_CASA_PYTHON"):
        monkeypatch.delenv(name, raising=False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if find_spec("casatasks") is not None:
        return
    without = pytest.mark.skip(reason="CASA is not installed here: pip install '.[casa]'")
    for item in items:
        if item.get_closest_marker("casa"):
            item.add_marker(without)
