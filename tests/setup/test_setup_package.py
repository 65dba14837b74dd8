"""What is installed: the pinned versions, and every file of the house."""

import re
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from casapilot.steps.version import VERSION
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
PINS = [Requirement(line) for line in (ROOT / "constraints.txt").read_text().splitlines()]


def pinned(python: str) -> dict[str, str]:
    """Name -> version for one Python on Linux."""
    environment = {
        **default_environment(),
        "python_version": python,
        "python_full_version": f"{python}.5",
        "sys_platform": "linux",
    }
    pins = [pin for pin in PINS if pin.marker is None or pin.marker.evaluate(environment)]
    versions = {pin.name.lower(): str(pin.specifier).removeprefix("==") for pin in pins}
    assert len(versions) == len(pins), "a package is pinned twice"
    return versions


def required(python: str) -> list[Requirement]:
    """What pyproject.toml asks for with both extras on one Python."""
    lines = metadata.requires("casapilot") or []
    found = []
    for requirement in map(Requirement, lines):
        for extra in ("", "casa", "dev"):
            environment = {"python_version": python, "python_full_version": f"{python}.5", "extra": extra}
            if requirement.marker is None or requirement.marker.evaluate(environment):
                found.append(requirement)
                break
    return found


@pytest.mark.parametrize("python", PYTHONS)
def test_all_that_is_required_is_pinned_to_a_version_that_fits(python):
    versions = pinned(python)
    for requirement in required(python):
        assert Version(versions[requirement.name.lower()]) in requirement.specifier, requirement.name
    assert "setuptools" in versions


@pytest.mark.parametrize("python", PYTHONS)
def test_casa_has_a_version_that_works_on_each_python(python):
    versions = pinned(python)
    expected = {"3.12": "6.7.5.18", "3.13": "6.7.6.14"}.get(python, "6.7.0.31")
    assert versions["casatools"] == versions["casatasks"] == expected
    assert "six" in versions and "casadata" in versions


def test_a_pin_is_exact_and_names_no_place_to_fetch_it_from():
    for pin in PINS:
        assert [each.operator for each in pin.specifier] == ["=="] and pin.url is None


def test_the_base_install_is_light():
    base = [
        each
        for each in map(Requirement, metadata.requires("casapilot") or [])
        if "extra" not in str(each.marker)
    ]
    names = {each.name for each in base}
    assert "textual" in names
    assert not names & {"casatools", "casatasks", "casadata", "numpy", "scipy", "matplotlib"}


def tracked(*folders: str) -> set[str]:
    words = ["git", "-C", str(ROOT), "ls-files", *folders]
    return set(subprocess.run(words, capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.skipif(
    not re.match(r"(7[7-9]|[89]\d|\d{3})\.", metadata.version("setuptools") + "."),
    reason="needs setuptools 77",
)
def test_every_file_of_the_house_is_in_the_wheel(tmp_path):
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    source = tmp_path / "source"
    names = {name for name in tracked("tui", "steps", "checklists") if not name.endswith("ruff.toml")}
    for name in names | tracked("pyproject.toml", "README.md", "LICENSE"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    words = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        tmp_path,
        source,
    ]
    subprocess.run(words, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    inside = {name.removeprefix("casapilot/") for name in zipfile.ZipFile(wheel).namelist()}
    assert names - inside == set()


def test_the_version_in_the_code_is_that_of_the_package():
    assert f'\nversion = "{VERSION}"\n' in (ROOT / "pyproject.toml").read_text()
