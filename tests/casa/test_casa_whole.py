"""A script run whole in a bare CASA, against the tables of the same script run step by step."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from casa_small_ms import make_ms
from casa_small_script import FLAGS, N_STEPS, SCRIPT, UID
from casa_worker_kit import Running

pytestmark = pytest.mark.casa

MS = f"{UID}.ms"
LOG = f"{MS}.calibration.log"


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory, real_casatasks: Any) -> Iterator[Running]:
    """A worker whose EB has been reduced step by step, with an edit and repeats in between."""
    folder = tmp_path_factory.mktemp("mous")
    running = Running(folder, sys.executable, {**os.environ, "OMP_WAIT_POLICY": "passive"}).ready()
    make_ms(str(running.eb / UID))
    (running.eb / "manual_flags.txt").write_text(FLAGS)
    reduce(running, SCRIPT.replace("solnorm = True", "solnorm = False"), range(8), "first")
    reduce(running, SCRIPT, (6, 7, 7, 8, 9), "again")
    yield running
    running.end()


def reduce(worker: Running, script: str, steps: Any, run: str) -> None:
    for n, step in enumerate(steps):
        ended = worker.step(script, f"{run}-{n}", step)
        assert ended.get("status") == "done", ended


def whole(worker: Running, run: str, script: str = SCRIPT) -> Any:
    worker.script(script)
    asked = worker.ask(
        "whole", run=run, item="c/whole", title="Full re-run", script="scriptForCalibration.py",
        folder=str(worker.live / run), log=LOG, inputs=[UID], copies=["manual_flags.txt"], steps=N_STEPS,
    )  # fmt: skip
    assert asked["ok"], asked
    return worker.ended(run)


def tables(worker: Running, run: str) -> dict[str, Any]:
    return {row["table"]: row for row in json.loads((worker.live / run / "tables.json").read_text())}


def test_a_reduction_in_pieces_with_an_edit_and_repeats_ends_in_the_tables_of_the_whole_script(
    worker: Running,
) -> None:
    ended = whole(worker, "whole")
    assert ended.get("status") == "done", ended
    found = tables(worker, "whole")
    assert {row["status"] for row in found.values()} - {"missing here"} == {"identical"}, found
    assert {f"{MS}.split.{each}" for each in ("bandpass", "flux_inf", "phase_int", "cal")} < set(found)
    assert not (worker.eb / "rerun").exists()


def test_the_clean_log_and_the_terminals_text_are_whole(worker: Running) -> None:
    log = (worker.eb / LOG).read_text()
    assert "casapilot: full re-run from scratch of scriptForCalibration.py" in log.splitlines()[0] + log
    assert [f"Step {n} " in log for n in range(N_STEPS)] == [True] * N_STEPS
    assert log == (worker.live / "whole" / "casa.log").read_text()
    assert f"casapilot: the script logged to {MS}.split.fluxscale, from here on:" in log
    assert " Flux density for J1037-2934 in SpW=0 " in log
    console = (worker.eb / f"{MS}.calibration.console").read_text()
    assert "Step  0 Import of the ASDM" in console
    told = [event.get("text") for event in worker.events("progress", "whole")]
    assert "comparing the tables" in told and any(text.startswith("Step ") for text in told)


def test_what_was_done_by_hand_is_found_and_the_folder_kept(worker: Running) -> None:
    by_hand = f"flagdata(vis='{MS}.split.cal', mode='manual', antenna='DV05', scan='3', flagbackup=False)\n"
    worker.step(by_hand, "hand")
    log = (worker.eb / LOG).read_text()
    assert whole(worker, "differs").get("status") == "done"
    found = tables(worker, "differs")
    wrong = [name for name, row in found.items() if not row["good"]]
    assert wrong == [f"{MS}.split.cal"]
    assert found[wrong[0]]["status"] == "differs" and "FLAG" in found[wrong[0]]["text"]
    assert (worker.eb / "rerun" / f"{MS}.split.cal").is_dir()
    assert (worker.eb / LOG).read_text() == log
    reduce(worker, SCRIPT, (9,), "mended")
    assert whole(worker, "mended").get("status") == "done"
    assert all(row["good"] for row in tables(worker, "mended").values())
    assert not (worker.eb / "rerun").exists()


def test_random_numbers_that_depend_on_the_order_of_steps_are_found(worker: Running) -> None:
    noise = "  tb.open('UID.ms.split', nomodify=False)\n  d = tb.getcol('SIGMA')\n"
    noise += "  tb.putcol('SIGMA', d * np.random.rand())\n  tb.close()\n"
    noise = noise.replace("UID", UID)
    script = SCRIPT.replace(
        "mystep = 5\n", f"mystep = 5\nnp.random.rand(len(thesteps))\nif 5 in thesteps:\n{noise}"
    )
    reduce(worker, script, (3, 4, 5, 6, 7, 8, 9), "noise")
    assert whole(worker, "noisy", script).get("status") == "done"
    assert not tables(worker, "noisy")[f"{MS}.split"]["good"]


def test_a_script_that_fails_alone_says_where(worker: Running) -> None:
    script = SCRIPT + "raise ValueError('not at the end')\n"
    ended = whole(worker, "raises", script)
    assert ended.get("status") == "failed"
    assert "ValueError: not at the end" in ended.get("error")
    assert ended.get("error").startswith(f"line {len(script.splitlines())}: ")
    assert "Traceback" in (worker.live / "raises" / "console.log").read_text()


def test_a_folder_of_the_users_own_is_not_touched(worker: Running) -> None:
    place = worker.eb / "rerun"
    if place.exists():
        (place / ".casapilot-rerun").unlink()
    place.mkdir(exist_ok=True)
    (place / "mine").write_text("x")
    ended = whole(worker, "theirs")
    assert ended.get("status") == "failed" and "not made by casapilot" in ended.get("error")
    assert (place / "mine").read_text() == "x"
    (place / ".casapilot-rerun").write_text("")


def child_of(worker: Running) -> int:
    """Pid of the bare CASA, once it has begun."""

    def found() -> list[int]:
        pids = []
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_bytes().rpartition(b")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == worker.process.pid:
                pids.append(int(path.parent.name))
        return pids

    return int(worker.until(found)[0])


def start_whole(worker: Running, run: str) -> int:
    worker.script("import time\ntime.sleep(60)\n")
    worker.ask("whole", run=run, script="scriptForCalibration.py", folder=str(worker.live / run), log=LOG)
    return child_of(worker)


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] in (b"Z", b"X")
    except OSError:
        return True


def test_a_stop_ends_the_bare_process(worker: Running) -> None:
    pid = start_whole(worker, "stopped")
    worker.ask("stop-after-call")
    assert worker.ended("stopped").get("status") == "interrupted"
    assert is_gone(pid)


def test_a_worker_that_is_killed_takes_the_bare_process_with_it(worker: Running) -> None:
    pid = start_whole(worker, "killed")
    worker.process.send_signal(signal.SIGKILL)
    worker.process.wait(30)
    worker.until(lambda: is_gone(pid), 20.0)
