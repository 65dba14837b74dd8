"""The worker process, on a fake CASA: requests in, journal out, and what it survives."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from casa_worker_kit import Running, old_python
from casapilot.steps.control import read_process

Launch = Callable[..., Running]


def test_it_answers_that_it_is_starting_before_casa_is_imported(launch: Launch) -> None:
    worker = launch(FAKE_CASA_START_S="1")
    assert worker.until(worker.state) == "starting"
    refused = worker.start("r1")
    assert not refused["ok"] and "starting" in refused["error"]
    worker.ready()
    assert [e.kind for e in worker.events()] == ["worker-started"]


def test_worker_started_says_which_casa_and_python_it_is(worker: Running) -> None:
    started = worker.events("worker-started")[0]
    assert started.get("casa") == "6.7.0.31" and started.get("eb") == "X1"
    assert started.get("pid") == worker.process.pid
    assert worker.process_file()["casa"] == "6.7.0.31"
    assert worker.process_file()["state"] == "idle"


def test_a_casa_that_cannot_be_imported_ends_the_worker_with_the_reason(launch: Launch) -> None:
    worker = launch(FAKE_CASA_BROKEN="1")
    assert worker.process.wait(60) == 4
    assert "measures data is not available" in worker.events("worker-ended")[0].get("reason")
    assert "measures data is not available" in worker.log.read_text()
    assert not (worker.live / "worker-X1.json").exists()


@pytest.mark.parametrize("python", ["", "3.8"])
def test_a_step_runs_with_its_mysteps_and_is_journaled_call_by_call(launch: Launch, python: str) -> None:
    if python and not old_python():
        pytest.skip("no Python 3.8 here")
    worker = launch(**({"python": old_python()} if python else {})).ready()
    (worker.eb / "x.ms").mkdir()
    text = "thesteps = mysteps\n\nif 3 in thesteps:\n  gaincal('x.ms', caltable='g.cal')\nprint(thesteps)\n"
    ended = worker.step(text, step=3)
    assert (ended.get("status"), ended.get("error"), ended.get("traceback")) == ("done", "", "")
    kinds = [e.kind for e in worker.events(run="r1")]
    assert kinds == ["step-started", "call-started", "call-ended", "step-ended"]
    called, finished = worker.events("call-started")[0], worker.events("call-ended")[0]
    assert called.get("text") == "gaincal(vis='x.ms', caltable='g.cal')" and called.get("line") == 4
    assert finished.get("ok") and finished.get("result") == {"solve_tables": ["g.cal"]}
    assert worker.console() == "solved \n[3]\n"


def test_the_namespace_persists_between_steps_until_it_is_made_fresh(worker: Running) -> None:
    text = "seen = globals().get('seen', 0) + 1\nprint('seen', seen)\n"
    for run in ("r1", "r2"):
        worker.step(text, run)
    assert worker.console("r2") == "seen 2\n"
    assert worker.ask("fresh")["ok"]
    worker.step(text, "r3")
    assert worker.console("r3") == "seen 1\n"


def test_an_edited_script_runs_as_it_is_now(worker: Running) -> None:
    worker.step("print('one')\n", "r1")
    worker.step("print('two')\n", "r2")
    assert worker.console("r2") == "two\n"


def test_a_failing_step_is_told_with_the_scripts_own_lines(worker: Running) -> None:
    ended = worker.step("def solve():\n    gaincal(vis='none.ms')\n\nsolve()\n")
    assert ended.get("status") == "failed"
    assert ended.get("error") == "line 2: AssertionError: the vis parameter must be a path that exists"
    shown = ended.get("traceback")
    assert "line 4, in <module>\n    solve()" in shown and "gaincal(vis='none.ms')" in shown
    assert "tasks.py" not in shown and "runner.py" not in shown and "casatasks" not in shown
    assert worker.events("call-ended")[0].get("ok") is False
    assert worker.console() == shown
    assert worker.step("print('still here')\n", "r2").get("status") == "done"


def test_a_table_that_was_not_made_fails_the_step_but_the_script_goes_on(worker: Running) -> None:
    (worker.eb / "x.ms").mkdir()
    ended = worker.step("gaincal('x.ms', 'g.cal', field='none')\nprint('on')\n")
    assert ended.get("status") == "failed"
    assert ended.get("error") == "line 1: gaincal returned normally, but g.cal was not made"
    assert worker.console() == "solved none\non\n"
    assert worker.events("call-ended")[0].get("ok") is False


def test_a_flag_command_that_matched_nothing_is_told_but_does_not_fail_the_step(worker: Running) -> None:
    ended = worker.step("flagdata('x.ms', mode='list', inpfile=[\"antenna='ZZ99'\", \"spw='0'\"])\n")
    assert ended.get("status") == "done"
    call = worker.events("call-ended")[0]
    assert call.get("ok") is True and "1 of its commands flagged nothing" in call.get("error")


def test_a_failure_that_the_script_handles_does_not_fail_the_step(worker: Running) -> None:
    ended = worker.step("try:\n    gaincal('none.ms')\nexcept AssertionError:\n    pass\n")
    assert ended.get("status") == "done"
    assert worker.events("call-ended")[0].get("ok") is False


@pytest.mark.parametrize(
    ("text", "status", "error"),
    [
        ("import sys; sys.exit()", "done", ""),
        ("import sys; sys.exit(0)", "done", ""),
        ("import sys; sys.exit(3)", "failed", "line 1: the script ended itself: exit code 3"),
        ("raise SystemExit('ERROR: no data')", "failed", "line 1: the script ended itself: ERROR: no data"),
        ("raise KeyboardInterrupt", "interrupted", "line 1: KeyboardInterrupt"),
        ("print 'old'", "failed", "Python 2 syntax at line 1: print statement"),
        ("def f(): f()\nf()", "failed", "line 1: RecursionError: maximum recursion depth exceeded"),
        ("raise MemoryError", "failed", "line 1: out of memory (MemoryError)"),
    ],
)
def test_however_a_script_ends_the_worker_lives_and_says_how(
    worker: Running, text: str, status: str, error: str
) -> None:
    ended = worker.step(text + "\n")
    assert (ended.get("status"), ended.get("error")) == (status, error)
    assert len(ended.get("traceback")) < 20000
    assert worker.state() == "idle"


def test_a_full_disk_is_called_by_its_name(worker: Running) -> None:
    ended = worker.step("listobs('full.ms')\n")
    assert ended.get("error").startswith("line 1: the disk is full")


def test_stop_after_call_lets_the_call_end_and_refuses_the_next(worker: Running) -> None:
    worker.script(
        "visstat('x.ms', seconds=0.5)\ntry:\n    listobs('x.ms')\nexcept:\n    pass\nlistobs('x.ms')\n"
    )
    assert not worker.ask("stop-after-call")["ok"]
    worker.start("r1")
    worker.until(lambda: worker.events("call-started"))
    ping = worker.ask("ping")
    assert (ping["state"], ping["run"], ping["call"]) == ("busy", "r1", "visstat") and ping[
        "call_started"
    ] > 0
    assert worker.ask("stop-after-call")["call"] == "visstat"
    ended = worker.ended("r1")
    assert ended.get("status") == "interrupted"
    assert [e.get("task") for e in worker.events("call-ended")] == ["visstat"]
    assert worker.step("listobs('x.ms')\n", "r2").get("status") == "done"
    assert not worker.ask("stop-after-call")["ok"]


def test_while_a_step_runs_everything_else_is_refused_with_the_reason(worker: Running) -> None:
    worker.script("visstat('x.ms', seconds=0.5)\n")
    worker.start("r1")
    for op in ("step", "fresh", "measure", "count-flags"):
        fields = {"run": "r2", "script": "x.py", "folder": "r2", "metric": "n_rows", "ms": "x.ms"}
        answer = worker.ask(op, **fields)
        assert (answer["ok"], answer["error"]) == (False, "is busy"), op
    assert worker.ended("r1").get("status") == "done"
    assert worker.state() == "idle"


def test_the_latest_run_is_named_also_after_its_end(worker: Running) -> None:
    worker.step("pass\n", "r7")
    ping = worker.ask("ping")
    assert (ping["run"], ping["call"], ping["call_started"]) == ("r7", "", None)


def test_what_takes_casa_is_answered_with_its_error(worker: Running) -> None:
    answer = worker.ask("count-flags", ms="nothing.ms", file=str(worker.live / "f.json"))
    assert not answer["ok"] and answer["error"]
    assert worker.state() == "idle"


def test_an_unknown_request_is_refused_by_name(worker: Running) -> None:
    assert "'dance'" in worker.ask("dance")["error"]


def test_shutdown_ends_it_when_the_step_has_ended(worker: Running) -> None:
    worker.script("visstat('x.ms', seconds=0.3)\n")
    worker.start("r1")
    assert worker.ask("shutdown") == {"ok": True, "ended": False}
    assert worker.process.wait(60) == 0
    assert [e.kind for e in worker.events()][-2:] == ["step-ended", "worker-ended"]
    assert not (worker.live / "worker-X1.json").exists() and not os.path.exists(worker.socket)


def test_it_ends_itself_when_nobody_wants_anything(launch: Launch) -> None:
    worker = launch("--idle-s", "0.2")
    assert worker.process.wait(60) == 0
    assert "nothing to do" in worker.events("worker-ended")[0].get("reason")


def test_a_kill_in_mid_step_leaves_a_journal_that_can_be_read(worker: Running) -> None:
    worker.script("visstat('x.ms', seconds=60)\n")
    worker.start("r1")
    worker.until(lambda: worker.events("call-started"))
    worker.process.send_signal(signal.SIGKILL)
    worker.process.wait(30)
    assert [e.kind for e in worker.events()] == ["worker-started", "step-started", "call-started"]
    process = read_process(worker.live / "worker-X1.json")
    assert process is not None and not process.is_alive()


@pytest.mark.parametrize("name", ["SIGHUP", "SIGINT"])
def test_a_hang_up_or_interrupt_changes_nothing(worker: Running, name: str) -> None:
    worker.script("visstat('x.ms', seconds=0.4)\n")
    worker.start("r1")
    worker.until(lambda: worker.events("call-started"))
    worker.process.send_signal(getattr(signal, name))
    assert worker.ended("r1").get("status") == "done"


def test_sigterm_ends_it_at_once(worker: Running) -> None:
    worker.script("visstat('x.ms', seconds=60)\n")
    worker.start("r1")
    worker.until(lambda: worker.events("call-started"))
    worker.process.terminate()
    assert worker.process.wait(30) == -signal.SIGTERM


def test_a_new_worker_takes_over_from_a_dead_one_but_not_from_a_living(
    worker: Running, launch: Launch
) -> None:
    second = launch()
    assert second.process.wait(60) == 3
    assert "worker-X1.json" in second.log.read_text()
    assert worker.state() == "idle"
    worker.end()
    assert launch().ready().process_file()["pid"] != worker.process.pid


def test_a_socket_that_was_cleaned_away_is_renewed(launch: Launch) -> None:
    worker = launch("--heartbeat-s", "0.05").ready()
    os.unlink(worker.socket)
    worker.until(lambda: os.path.exists(worker.socket))
    assert worker.until(worker.state) == "idle"


def test_a_worker_whose_mous_was_begun_anew_ends_and_leaves_the_new_one_alone(launch: Launch) -> None:
    worker = launch("--heartbeat-s", "0.05").ready()
    live = worker.live
    live.rename(f"{live}-removed")
    live.mkdir()
    assert worker.process.wait(20) == 0
    assert not (live / "worker-X1.json").exists()


def test_the_heartbeat_renews_the_process_file(launch: Launch) -> None:
    worker = launch("--heartbeat-s", "0.05").ready()
    path = worker.live / "worker-X1.json"
    first = path.stat().st_mtime_ns
    worker.until(lambda: path.stat().st_mtime_ns > first)


def test_events_that_cannot_be_written_come_when_they_can(launch: Launch) -> None:
    worker = launch("--heartbeat-s", "0.05").ready()
    journal = worker.live / "events.jsonl"
    kept = worker.live / "kept.jsonl"
    journal.rename(kept)
    journal.mkdir()  # a file that cannot be written: as on a full disk
    worker.script("listobs('x.ms')\n")
    worker.start("r1")
    worker.until(lambda: worker.state() == "idle" and (worker.live / "r1" / "console.log").exists())
    journal.rmdir()
    kept.rename(journal)
    worker.ended("r1")
    kinds = [e.kind for e in worker.events(run="r1")]
    assert kinds == ["step-started", "call-started", "call-ended", "step-ended"]


def test_what_a_script_changes_in_the_process_is_given_back(worker: Running, tmp_path: Path) -> None:
    text = f"""
import os, signal, sys, warnings
os.chdir({str(tmp_path)!r}); os.umask(0); os.environ['HOME'] = '/gone'; os.environ['NEW'] = '1'
sys.path.append('/elsewhere'); signal.signal(signal.SIGINT, signal.default_int_handler)
sys.stdout.close(); casalog.setlogfile('elsewhere.log')
"""
    worker.step(text, "r1")
    worker.step("import os, signal, sys\nprint(os.getcwd(), os.environ['HOME'], 'NEW' in os.environ)\n", "r2")
    assert worker.console("r2") == f"{worker.eb} {os.environ['HOME']} False\n"
    worker.step(
        "import signal as s, sys\nprint(s.getsignal(s.SIGINT) is s.SIG_IGN, '/elsewhere' in sys.path)\n",
        "r3",
    )
    assert worker.console("r3") == "True False\n"
    assert [e.get("path") for e in worker.events("log-redirected")] == [str(tmp_path / "elsewhere.log")]
    worker.step("casalog.post('back')\n", "r4")
    assert "back" in (worker.live / "r4" / "casa.log").read_text()


def test_a_log_sent_elsewhere_and_back_is_told_once(worker: Running) -> None:
    text = (
        "a = casalog.logfile(); casalog.setlogfile('x.wvrgcal'); casalog.setlogfile(a); casalog.post('me')\n"
    )
    worker.step(text)
    assert [e.get("path") for e in worker.events("log-redirected")] == [str(worker.eb / "x.wvrgcal")]
    assert "me" in (worker.live / "r1" / "casa.log").read_text()


def test_what_other_programs_print_is_in_the_console_and_between_steps_in_the_worker_log(
    worker: Running,
) -> None:
    worker.step("import os\nos.system('echo shell; echo error >&2')\nprint('after')\n")
    assert worker.console() == "shell\nerror\nafter\n"
    assert "shell" not in worker.log.read_text()


def test_a_script_may_import_what_lies_beside_it(worker: Running) -> None:
    (worker.eb / "helper_of_mine.py").write_text("value = 7\n")
    worker.step("import helper_of_mine\nprint(helper_of_mine.value)\n")
    assert worker.console() == "7\n"


def test_without_a_step_the_whole_script_runs(worker: Running) -> None:
    worker.step("print('mysteps' in globals())\n", "r1", 4)
    worker.step("print('mysteps' in globals())\n", "r2", None)
    assert (worker.console("r1"), worker.console("r2")) == ("True\n", "False\n")


def test_a_folder_that_cannot_be_made_fails_the_step_with_the_reason(worker: Running) -> None:
    (worker.live / "file").write_text("")
    worker.script("pass\n")
    worker.ask(
        "step", run="r1", step=0, script="scriptForCalibration.py", folder=str(worker.live / "file" / "x")
    )
    ended = worker.ended("r1")
    assert ended.get("status") == "failed" and "Not a directory" in ended.get("error")
