"""The process that reads tables: kept, started anew, given up; what an item has to plot."""

from __future__ import annotations

import os
import sys
import threading
import time

import pytest
from casapilot.steps.checklist.model import Item, Key, Kind, State
from casapilot.steps.errors import CasaError, CasapilotError, ScriptError, UsageError
from casapilot.steps.mous.mous import Eb, Mous
from casapilot.steps.plot.flagging import Flagging
from casapilot.steps.record.runs import Call, FlagChange, Measured, RunRecord
from casapilot.steps.run.plottable import Sort, plottable
from casapilot.steps.run.plotting import Reader, Withdrawn, check_target
from casapilot.steps.run.point_flags import place_of, with_flag
from casapilot.steps.run.view import Row
from casapilot.steps.script import Mark

SERVER = """
import json, os, sys, time
for line in sys.stdin:
    asked = json.loads(line)
    if asked.get("do") == "die":
        sys.stderr.write("segmentation fault of CASA\\n")
        sys.exit(3)
    if asked.get("do") == "hang":
        time.sleep(60)
    if asked.get("do") == "refuse":
        said = {"error": "has no snr", "where": "X.tsys", "todo": "It has: tsys.", "kind": "UsageError"}
        print(json.dumps(said))
    elif asked.get("do") == "once":
        print(json.dumps({"pid": os.getpid()}), flush=True)
        sys.exit(0)
    else:
        print(json.dumps({"pid": os.getpid(), "table": asked["table"]}))
    sys.stdout.flush()
"""


@pytest.fixture
def reader(tmp_path):
    (tmp_path / "server.py").write_text(SERVER)
    found = Reader(command=[sys.executable, str(tmp_path / "server.py")])
    yield found
    found.close()


def test_one_process_answers_all_questions(reader):
    answers = [reader.ask({"table": f"/{n}"}) for n in range(3)]
    assert len({answer["pid"] for answer in answers}) == 1
    assert [answer["table"] for answer in answers] == ["/0", "/1", "/2"]


def test_a_process_that_has_left_is_replaced_without_a_word(reader):
    first = reader.ask({"table": "/x", "do": "once"})
    second = reader.ask({"table": "/x"})
    assert first["pid"] != second["pid"]


def test_what_the_process_refuses_is_raised_as_it_said_it(reader):
    with pytest.raises(UsageError, match="has no snr") as error:
        reader.ask({"table": "/x", "do": "refuse"})
    assert error.value.todo == "It has: tsys."


def test_the_last_words_of_a_process_that_died_are_told(reader):
    with pytest.raises(CasaError, match="segmentation fault of CASA"):
        reader.ask({"table": "/x", "do": "die"})
    assert reader.ask({"table": "/x"})["table"] == "/x"


@pytest.mark.parametrize("how", ["withdraw", "close"])
def test_a_question_that_takes_long_can_be_given_up_from_elsewhere(reader, how):
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            reader.ask({"table": "/x", "do": "hang"})
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while reader._process is None:
        time.sleep(0.01)
    getattr(reader, how)()
    thread.join(20)
    assert not thread.is_alive()
    assert isinstance(errors[0], Withdrawn)
    if how == "withdraw":
        assert reader.ask({"table": "/x"})["table"] == "/x"
    else:
        with pytest.raises(Withdrawn):
            reader.ask({"table": "/x"})


def test_giving_up_nothing_leaves_the_process_alone(reader):
    first = reader.ask({"table": "/x"})
    reader.withdraw()
    assert reader.ask({"table": "/x"})["pid"] == first["pid"]


def test_a_process_that_cannot_start_is_told():
    with pytest.raises(CasaError, match="does not start"):
        Reader(command=["/does/not/exist"]).ask({"table": "/x"})


@pytest.mark.casa
def test_the_real_process_says_what_is_no_table_and_goes_on(tmp_path):
    reader = Reader()
    (tmp_path / "X.tsys").mkdir()
    for name in ("X.tsys", "none.tsys"):
        with pytest.raises(CasapilotError, match=r"X\.tsys|there is no none\.tsys"):
            reader.ask({"table": str(tmp_path / name)})
    pid = reader._process.pid
    with pytest.raises(UsageError, match="unknown key"):
        reader.ask({"table": "/x", "nonsense": 1})
    assert reader._process.pid == pid
    reader.close()


# -- what an item has to plot


@pytest.fixture
def mous(tmp_path):
    folder = tmp_path / "Calibration_X1"
    for name, kind in (
        ("u.ms", "Measurement Set"),
        ("u.ms.tsys", "Calibration"),
        ("u.ms.wvr", "Calibration"),
        ("u.ms.split.ampli_inf", "Calibration"),
        ("image", "Image"),
    ):
        (folder / name).mkdir(parents=True)
        (folder / name / "table.info").write_text(f"Type = {kind}\nSubType = \n")
    return Mous(
        root=tmp_path, uid="uid://A/X/X", title="", ebs=(Eb("X1", "u", folder, folder / "s.py", "u.ms"),)
    )


def row(name: str, kind: Kind = Kind.RUN, needs: tuple[str, ...] | None = None, **run: object) -> Row:
    item = Item(id=name, title=name, phase="p", kind=kind, needs=needs)
    record = RunRecord(id=name, key=f"l/{name}@X1", **run) if run else None
    return Row(Key("l", name, "X1"), item, "p", State.DONE, run=record)


def names(mous: Mous, rows: list[Row], at: int = -1) -> list[str]:
    return [each.name for each in plottable(rows[at], rows, mous) if each.sort is Sort.SOLUTIONS]


def test_what_a_run_made_is_plotted_and_what_is_gone_or_an_image_is_not(mous):
    outputs = ("Calibration_X1/u.ms.tsys", "Calibration_X1/image", "Calibration_X1/gone", "../../etc")
    assert names(mous, [row("tsys", outputs=outputs)]) == ["u.ms.tsys"]


def test_tables_that_its_calls_name_count_too(mous):
    calls = (Call("gaincal", "gaincal(vis='u.ms', caltable='u.ms.split.ampli_inf')"),)
    assert names(mous, [row("gain", calls=calls)]) == ["u.ms.split.ampli_inf"]


def test_a_judgement_has_the_tables_of_what_it_needs_also_over_another_judgement(mous):
    made = row("tsys", outputs=("Calibration_X1/u.ms.tsys",))
    wvr = row("wvr", outputs=("Calibration_X1/u.ms.wvr",))
    judge = row("judge", Kind.MANUAL, ("tsys",))
    later = row("later", Kind.MANUAL, ("judge",))
    assert names(mous, [made, wvr, judge]) == ["u.ms.tsys"]
    assert names(mous, [made, wvr, judge, later]) == ["u.ms.tsys"]


def test_needs_that_are_not_named_are_the_item_before(mous):
    made = row("tsys", outputs=("Calibration_X1/u.ms.tsys",))
    assert names(mous, [made, row("judge", Kind.MANUAL)]) == ["u.ms.tsys"]


def test_what_has_not_run_has_nothing_whatever_it_needs(mous):
    made = row("tsys", outputs=("Calibration_X1/u.ms.tsys",))
    assert names(mous, [made, row("apply", Kind.RUN, ("tsys",))]) == []


def test_of_measurement_sets_whose_flags_it_counted_there_are_several_plots(mous):
    one = row("flag", flags=(FlagChange("u.ms", None, None),))
    found = plottable(one, [one], mous)
    assert {each.sort for each in found} == {Sort.MS}
    assert [each.plot for each in found][:2] == ["flags", "vis"]


def test_what_only_measures_shows_visibilities_of_what_it_measured_first(mous):
    (mous.ebs[0].folder / "u.ms.split").mkdir()
    (mous.ebs[0].folder / "u.ms.split" / "table.info").write_text("Type = Measurement Set\n")
    checks = (Measured("dead_scan_percent", "u.ms.split:CALIBRATE_PHASE", 99.0, "%", "look"),)
    one = row("suspects", Kind.CHECK, checks=checks, flags=(FlagChange("u.ms", None, None),))
    found = plottable(one, [one], mous)
    assert (found[0].path.name, found[0].plot) == ("u.ms.split", "vis")
    assert {each.path.name for each in found} == {"u.ms.split", "u.ms"}


def test_needs_in_a_circle_end(mous):
    one, other = row("a", Kind.MANUAL, ("b",)), row("b", Kind.MANUAL, ("a",))
    assert plottable(one, [one, other], mous) == ()


def test_pictures_written_during_the_run_come_first(mous):
    folder = mous.ebs[0].folder
    (folder / "plots").mkdir()
    for name, when in (("old.png", 1000.0), ("plots/mine.png", 5000.0), ("new.png", 9000.0)):
        (folder / name).write_bytes(b"")
        os.utime(folder / name, (when, when))
    one = row("tsys", start=4900.0, end=4990.0)
    found = plottable(one, [one], mous)
    assert [each.path.name for each in found] == ["mine.png", "new.png", "old.png"]


# -- a flag that was pointed at

SCRIPT = b"""# Generation of the Tsys cal table
mystep = 1
if mystep in thesteps:
  gencal(vis = 'u.ms', caltable = 'u.ms.tsys', caltype = 'tsys')

# Initial flagging
mystep = 2
if mystep in thesteps:
  flagdata(vis = 'u.ms.split', mode = 'shadow')
"""
HEAD = b"step_title = {1: 'Generation of the Tsys cal table', 2: 'Initial flagging'}\n"
MARK = Mark("too high", "ab", "2026-11-22")


def test_visibilities_are_flagged_at_the_end_of_initial_flagging_and_nothing_else_changes():
    content = HEAD + SCRIPT
    way = Flagging("x", "u.ms.split", {"antenna": "DA41", "spw": "1", "scan": "7"})
    edited = with_flag(content, "s.py", way, MARK)
    assert edited.startswith(content.rstrip(b"\n"))
    assert b"antenna = 'DA41'" in edited and b"too high" in edited
    compile(edited, "s.py", "exec")


def test_a_tsys_table_is_flagged_right_where_it_is_made():
    way = Flagging("x", "u.ms.tsys", {"antenna": "DA41", "correlation": "Sol1"}, in_table=True)
    edited = with_flag(HEAD + SCRIPT, "s.py", way, MARK).decode()
    assert edited.index("gencal(") < edited.index("vis = 'u.ms.tsys',\n") < edited.index("# Initial flagging")
    compile(edited, "s.py", "exec")


def test_the_ms_as_it_was_imported_is_flagged_where_the_script_flags_it_before_anything_is_solved():
    way = Flagging("x", "u.ms", {"antenna": "DA41", "scan": "7"})
    step = b"\n# A priori flagging\nmystep = 3\nif mystep in thesteps:\n  pass\n"
    edited = with_flag(HEAD.replace(b"}", b", 3: 'A priori flagging'}") + SCRIPT + step, "s.py", way, MARK)
    assert edited.index(b"# A priori flagging") < edited.index(b"antenna = 'DA41'")
    assert place_of(way) == "A priori flagging"
    assert place_of(Flagging("x", "u.ms.split")) == "Initial flagging"


@pytest.mark.parametrize("name", ["x.pngq", "x", "x.jpg", ".png/x", "folder.png", "nowhere/x.png"])
def test_a_picture_is_saved_under_the_name_of_a_picture_only(name, tmp_path):
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(UsageError):
        check_target(tmp_path / name, over=True)


def test_a_picture_takes_the_place_of_another_only_where_that_is_meant(tmp_path):
    path = tmp_path / "x.PNG"
    assert not check_target(path)
    path.write_bytes(b"mine")
    with pytest.raises(UsageError, match="is there already"):
        check_target(path)
    assert check_target(path, over=True)


def test_a_script_without_the_step_is_refused():
    with pytest.raises(ScriptError):
        with_flag(b"a = 1\n", "s.py", Flagging("x", "u.ms.split", {"antenna": "DA41"}), MARK)
