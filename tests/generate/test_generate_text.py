"""The text of the script: as written before, clean to our own reader, and the same whatever the data."""

import ast
import os
import re
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from casapilot.steps.asdm import WindowKind
from casapilot.steps.errors import AsdmError
from casapilot.steps.generate import Wishes, make_plan, parse_flux, script_name, script_text
from casapilot.steps.generate.embed import source_of
from casapilot.steps.generate.tables import PositionRow
from casapilot.steps.generate.text import Body, Raw, selection
from casapilot.steps.script import Script, lint
from casapilot.steps.version import VERSION
from generate_kit import (
    BANDPASS,
    NAMES,
    PHASE,
    TARGET,
    UID,
    Seen,
    block,
    sequence,
    window,
    windows,
)
from hypothesis import given, settings
from hypothesis import strategies as st

GOLDEN = Path(__file__).parent / "golden"
POSITIONS = (PositionRow("DA42", (1e-3, -2e-3, 5e-4), "of a baseline run"),)


def solar():
    seen = (*sequence(), Seen("Callisto", ("CALIBRATE_AMPLI",)))
    return block(seen, names=(*NAMES, "Callisto"), spread_m=200)


def mosaic():
    metadata = block(sequence((3, 4, 5)), names=(*NAMES, "Antlia", "Antlia"))
    fields = tuple(replace(each, source=3) if each.name == "Antlia" else each for each in metadata.fields)
    return replace(metadata, fields=fields)


def ephemeris():
    metadata = block()
    moving = replace(metadata.fields[3], ephemeris=1)
    lost = replace(metadata.fields[2], ra_rad=0.0, dec_rad=0.0)
    return replace(metadata, fields=(*metadata.fields[:2], lost, moving))


def switching():
    spws = (*windows()[:4], window(5, 64, 31.25e6, 232.7e9, WindowKind.TDM, 2))
    seen = (
        Seen(NAMES[0], ("CALIBRATE_ATMOSPHERE",), 20, (0, 1, 2)),
        Seen(NAMES[0], BANDPASS, 240, (0, 3, 5)),
        Seen(NAMES[0], ("CALIBRATE_DIFFGAIN",), 60, (0, 3, 5)),
        Seen(NAMES[1], PHASE, 36, (0, 5)),
        Seen(NAMES[3], TARGET, 240, (0, 3)),
        Seen(NAMES[1], PHASE, 36, (0, 5)),
    )
    return block(seen, spws=spws)


CASES = {
    "12m": (block(), Wishes(positions=POSITIONS, positions_source="antennapos.csv", casa="6.7")),
    "7m": (block(array="7m"), Wishes()),
    "solar-system": (solar(), Wishes()),
    "low-snr": (block(fluxes_jy={NAMES[0]: 0.6, NAMES[1]: 0.06, NAMES[2]: 0.02}), Wishes()),
    "combined": (block(fluxes_jy={NAMES[0]: 0.3, NAMES[1]: 0.015}), Wishes()),
    "mosaic": (mosaic(), Wishes()),
    "ephemeris": (ephemeris(), Wishes()),
    "unknown-flux": (block(fluxes_jy={}), Wishes()),
    "bandwidth-switching": (switching(), Wishes()),
}


def script_of(metadata, wishes=None):
    text = script_text(make_plan(metadata, wishes))
    return Script.parse(text.encode(), f"{UID}.ms.scriptForCalibration.py")


def without_recipe(text):
    """The text with the recipe and our version left out: both have a history of their own."""
    recipe = textwrap.indent("\n".join(source_of("fixsyscaltimes")), "  ")
    assert recipe in text
    return text.replace(recipe, "  <fixsyscaltimes>").replace(VERSION, "<version>")


@pytest.mark.parametrize("name", CASES)
def test_the_text_is_as_it_was(name):
    text = without_recipe(script_text(make_plan(*CASES[name])))
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("CASAPILOT_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text(), "see the difference; where it is meant: CASAPILOT_GOLDEN=write"


@pytest.mark.parametrize("name", CASES)
def test_our_own_reader_finds_nothing_wrong(name):
    script = script_of(*CASES[name])
    assert not script.errors
    assert script.compiles
    assert lint(script) == ()
    assert [step.number for step in script.steps] == list(range(len(script.titles)))


@pytest.mark.parametrize("name", CASES)
def test_it_runs_on_the_python_of_an_older_casa_and_has_two_blanks_of_indentation(name):
    text = script_text(make_plan(*CASES[name]))
    ast.parse(text, feature_version=(3, 8))
    assert not re.search(r"[^\x20-\x7e\n]", text)
    assert not re.search(r" $", text, re.MULTILINE)


def test_the_standard_titles_stand_in_the_standard_order():
    script = script_of(*CASES["12m"])
    assert list(script.titles.values()) == [
        "Import of the ASDM",
        "Fix of SYSCAL table times",
        "listobs",
        "A priori flagging",
        "Generation and time averaging of the WVR cal table",
        "Generation of the Tsys cal table",
        "Generation of the antenna position cal table",
        "Application of the WVR, Tsys and antpos cal tables",
        "Split out science SPWs",
        "Listobs, and save original flags",
        "Initial flagging",
        "Putting a model for the flux calibrator(s)",
        "Save flags before bandpass cal",
        "Bandpass calibration",
        "Save flags before gain cal",
        "Gain calibration",
        "Save flags before applycal",
        "Application of the bandpass and gain cal tables",
        "Split out corrected column",
        "Save flags after applycal",
    ]


def test_a_step_that_the_data_do_not_need_is_left_out():
    titles = " ".join(script_of(*CASES["7m"]).titles.values())
    assert "WVR" not in titles
    assert "antenna position" not in titles
    assert "fixplanets" in " ".join(script_of(*CASES["ephemeris"]).titles.values())


@pytest.mark.parametrize("name", CASES)
def test_every_table_is_removed_before_it_is_made_again(name):
    script = script_of(*CASES[name])
    for call in script.calls:
        made = [script.value(call, key) for key in ("caltable", "fluxtable", "outputvis", "listfile")]
        for table in filter(None, made):
            if call.task != "wvrgcal" and script.value(call, "append") != "True":
                before = script.content[: call.start].decode()
                assert f"os.system('rm -rf {table}')" in before, (call.task, table)


@pytest.mark.parametrize("name", CASES)
def test_no_flags_are_backed_up_behind_the_scripts_back(name):
    script = script_of(*CASES[name])
    for call in script.calls:
        if call.task in ("flagdata", "applycal") or script.value(call, "action") == "apply":
            assert script.value(call, "flagbackup") == "False", call.line


def test_every_flag_version_of_the_standard_is_saved():
    names = [(version.ms.rpartition(UID)[2], version.name) for version in script_of(*CASES["12m"]).versions]
    assert names == [
        (".ms.split", "Original"),
        (".ms.split", "BeforeBandpassCalibration"),
        (".ms.split", "BeforeGainCalibration"),
        (".ms.split", "BeforeApplycal"),
        (".ms.split.cal", "AfterApplycal"),
    ]


def test_a_given_flux_reaches_setjy():
    wishes = Wishes(fluxes=(parse_flux("J1058+0133=3.5@232.7GHz:-0.4"),))
    script = script_of(block(fluxes_jy={}), wishes)
    (call,) = [call for call in script.calls if call.task == "setjy"]
    assert call.parameters["fluxdensity"].text == "[3.5, 0, 0, 0]"
    assert call.parameters["reffreq"].text == "'232.700000GHz'"


def run(text, tasks, **names):
    """Run a script with stand-ins for CASA's packages."""
    code = text.replace("from casatasks import *", "")
    space = {**tasks, **names}
    exec(compile(code, "script", "exec"), space)
    return space


class Log:
    def post(self, *words):
        pass


def test_the_step_of_an_unknown_flux_stops_with_what_to_fill_in():
    text = script_text(make_plan(*CASES["unknown-flux"]))
    with pytest.raises(RuntimeError, match="No flux density of J1058"):
        run(text, {"casalog": Log()}, mysteps=[10])


def test_the_gain_steps_of_bandwidth_switching_stop_with_what_to_do():
    script = script_of(*CASES["bandwidth-switching"])
    titles = {title: number for number, title in script.titles.items()}
    text = script.content.decode()
    for title in ("B2B Gain calibration Part I", "B2B Gain calibration Part II"):
        with pytest.raises(RuntimeError, match="by hand"):
            run(text, {"casalog": Log()}, mysteps=[titles[title]])


def test_the_guard_lets_the_version_it_names_pass_and_no_other(monkeypatch):
    text = script_text(make_plan(block(), Wishes(casa="6.7")))
    for version, passes in (("6.7.0-31", True), ("6.7", True), ("6.70.1", False), ("6.6.5", False)):
        casatasks = type(os)("casatasks")
        casatasks.version_string = lambda version=version: version
        monkeypatch.setitem(__import__("sys").modules, "casatasks", casatasks)
        monkeypatch.setitem(__import__("sys").modules, "casalith", None)
        if passes:
            run(text, {"casalog": Log()}, mysteps=[99])
        else:
            with pytest.raises(SystemExit, match="PLEASE USE THE SAME VERSION OF CASA"):
                run(text, {"casalog": Log()}, mysteps=[99])


def test_names_from_the_asdm_cannot_break_out_of_a_comment():
    name = "J1'\nimport os #"
    names = (name, *NAMES[1:])
    seen = tuple(replace(each, source=name) if each.source == NAMES[0] else each for each in sequence())
    script = script_of(block(seen, names=names))
    assert not script.errors
    assert b"\nimport os #" not in script.content


def test_an_asdm_whose_name_is_no_file_name_is_refused():
    metadata = block()
    with pytest.raises(AsdmError, match="cannot be that of a file"):
        make_plan(replace(metadata, block=replace(metadata.block, uid="x; rm -rf y")))


@given(st.lists(st.integers(0, 60)))
def test_a_selection_names_exactly_its_numbers(numbers):
    found = []
    for part in filter(None, selection(numbers).split(",")):
        first, _, last = part.partition("~")
        found += range(int(first), int(last or first) + 1)
    assert found == sorted(set(numbers))


VALUES = st.one_of(
    st.text(max_size=30), st.integers(), st.booleans(), st.floats(-9, 9), st.lists(st.integers())
)


@given(
    st.dictionaries(st.sampled_from("vis field spw interp".split()), VALUES, min_size=1), st.text(max_size=20)
)
def test_a_call_is_written_so_that_python_reads_the_same_values(parameters, note):
    text = "\n".join(Body().call("task", parameters, says={"field": note}).lines)
    call = ast.parse(text).body[0].value
    assert {word.arg: ast.literal_eval(word.value) for word in call.keywords} == parameters


def test_what_is_raw_stands_as_it_is():
    assert Body().call("applycal", spwmap=[Raw("tsysmap"), []]).lines == ["applycal(spwmap = [tsysmap, []])"]


INTENTS = st.sampled_from(
    [
        BANDPASS,
        PHASE,
        TARGET,
        ("OBSERVE_CHECK_SOURCE",),
        ("CALIBRATE_ATMOSPHERE",),
        ("CALIBRATE_POLARIZATION",),
    ]
)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(NAMES), INTENTS, st.sampled_from([(0, 1, 2), (0, 3, 4), (0, 4)])),
        max_size=9,
    ),
    st.floats(1e-3, 10),
    st.sampled_from(["12m", "7m"]),
    st.integers(2, 20),
)
def test_of_any_execution_the_script_is_clean_or_the_reason_is_told(seen, flux_jy, array, count):
    scans = tuple(Seen(name, intents, 60, spws) for name, intents, spws in seen)
    try:
        metadata = block(scans, array=array, count=count, fluxes_jy=dict.fromkeys(NAMES, flux_jy))
        plan = make_plan(metadata)
    except AsdmError as error:
        assert error.todo
        return
    script = Script.parse(script_text(plan).encode(), script_name(plan))
    assert not script.errors
    assert lint(script) == ()
    for call in script.calls:
        if call.task in ("gaincal", "bandpass"):
            assert script.value(call, "refant") == plan.refant.name
