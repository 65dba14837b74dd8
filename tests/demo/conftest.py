from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from casapilot.steps.checklist.load import load_checklist
from casapilot.steps.checklist.model import Checklist
from casapilot.steps.mous.demo import SCRIPT, create_demo, find_demo_data
from demo_reduction import OTHERWISE, REFUSED, Reduction

CHECKLIST = Path(__file__).resolve().parents[2] / "checklists" / "vla-line.toml"


@pytest.fixture(scope="session")
def checklist() -> Checklist:
    return load_checklist(CHECKLIST, overlays=())


@pytest.fixture(scope="session")
def reduction(tmp_path_factory: pytest.TempPathFactory, checklist: Checklist) -> Reduction:
    """About 15 s of real CASA, once."""
    if find_spec("casatasks") is None:
        pytest.skip("the casa extra is not installed")
    mous = create_demo(tmp_path_factory.mktemp("demo") / "mous", find_demo_data())
    eb = mous.ebs[0]
    checks = [(check.metric, check.of) for item in checklist.items for check in item.check if check.of]
    wanted = [(metric, of.replace("{ms}", eb.ms)) for metric, of in checks] + REFUSED + OTHERWISE
    runner = Path(__file__).with_name("plain_casa.py")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(runner), SCRIPT.name, json.dumps(wanted)],
        cwd=eb.folder,
        env={**os.environ, "OMP_WAIT_POLICY": "passive", "MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answer = json.loads(done.stdout.splitlines()[-1])
    measured = dict(zip(wanted, answer["answers"], strict=True))
    return Reduction(eb.folder, measured, answer["listed"], answer["flagged"], done.stdout)
