"""Workers on a small fake CASA; the small MS, reduced by the real one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from casa_worker_kit import Running, fake_environment, run_in


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Start workers that end with the test: ``launch(*options, python=..., ENVIRONMENT=value)``."""
    running: list[Running] = []

    def start(*options: str, python: str = sys.executable, **environment: str) -> Running:
        worker = Running(tmp_path, python, {**fake_environment(python), **environment}, *options)
        running.append(worker)
        return worker

    yield start
    for each in running:
        each.end()


@pytest.fixture
def worker(launch: Callable[..., Running]) -> Running:
    """A worker on the fake CASA, ready."""
    return launch().ready()


@pytest.fixture(scope="session")
def real_casatasks() -> Any:
    """The real casatasks package, imported as our processes import it."""
    pytest.importorskip("casaconfig")
    from casapilot.steps.casa import config

    config.configure()
    return config.import_tasks()


@pytest.fixture(scope="session")
def reduced(tmp_path_factory: pytest.TempPathFactory, real_casatasks: Any) -> Path:
    """Folder of the small MS with all that its script makes of it; to be copied, not changed."""
    return run_in("casa_reduced.py", tmp_path_factory.mktemp("reduced"))
