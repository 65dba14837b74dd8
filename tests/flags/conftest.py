"""Measurement sets of many forms, made once."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
REAL_SET = ROOT.parent / "shared" / "data" / "alma-2014-band3.ms.tgz"

if importlib.util.find_spec("numpy") is None:  # it comes with CASA
    collect_ignore_glob = ["test_flags_[!c]*.py", "test_flags_count.py"]


@pytest.fixture(scope="session")
def casa() -> Any:
    """casatasks, as our processes import it."""
    from casapilot.steps.casa import config

    config.configure()
    return config.import_tasks()


@pytest.fixture(scope="session")
def open_table(casa: Any) -> Callable[..., Any]:
    """Open a table: ``with open_table(path, write=True) as table``."""
    from casatools import table as table_tool

    @contextlib.contextmanager
    def opened(path: Path, *, write: bool = False) -> Iterator[Any]:
        table = table_tool()
        table.open(str(path), nomodify=not write)
        try:
            yield table
        finally:
            table.close()

    return opened


@pytest.fixture(scope="session")
def make_ms() -> Any:
    """The module that simulates sets for the benches."""
    spec = importlib.util.spec_from_file_location("casapilot_bench_make_ms", ROOT / "bench" / "make_ms.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sets")


@pytest.fixture(scope="session")
def mixed(casa: Any, make_ms: Any, folder: Path) -> Path:
    """Nine spws of eight shapes, autocorrelations, two spws of one shape."""
    shapes = [(64, 4), (128, 2), (32, 1), (17, 4), (1, 1), (5, 1), (21, 2), (64, 4), (240, 2)]
    path: Path = folder / "mixed.ms"
    make_ms.SCAN_INTEGRATIONS = 7
    make_ms.make_ms(path, [make_ms.Spw(*shape) for shape in shapes], 20, antennas=7, autos=True)
    return path


@pytest.fixture(scope="session")
def regular(casa: Any, mixed: Path, folder: Path) -> Path:
    """The same data as CASA's own split writes them."""
    path = folder / "regular.ms"
    casa.split(str(mixed), str(path), datacolumn="data")
    return path


@pytest.fixture(scope="session")
def ngc5921(casa: Any, folder: Path) -> Path:
    """The VLA's NGC 5921, imported, with flags in all axes."""
    casadata = pytest.importorskip("casadata")
    path = folder / "ngc5921.ms"
    casa.importuvfits(os.path.join(casadata.datapath, "demo", "NGC5921.fits"), str(path))
    commands = [
        "autocorr=True",
        "antenna='3' scan='2~4'",
        "spw='0:0~5;60' correlation='LL'",
        "mode='clip' clipminmax=[0,4]",
    ]
    casa.flagdata(str(path), mode="list", inpfile=commands, flagbackup=False)
    return path


@pytest.fixture(scope="session")
def real_alma(casa: Any, folder: Path) -> Path:
    """A real ALMA set of 2014."""
    if not REAL_SET.exists():
        pytest.skip(f"{REAL_SET} is not here")
    with tarfile.open(REAL_SET) as archive:
        archive.extractall(folder / "alma", filter="data")
    return next((folder / "alma").glob("*.ms"))


@pytest.fixture
def own(tmp_path: Path) -> Callable[[Path], Path]:
    """Make a copy of a set that the test may change."""

    def copied(ms: Path) -> Path:
        return Path(shutil.copytree(ms, tmp_path / ms.name))

    return copied
