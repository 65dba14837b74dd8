"""The recipes that stand in for CASA's almahelpers, on a small MS with Tsys measurements."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

RECIPES = Path(__file__).parents[2] / "steps" / "generate" / "recipes"
ANTENNAS = 4
#: Name, first channel GHz, width MHz, channels, baseband.
SPWS = (
    ("WVR", 184.19, 1500.0, 4, 0),
    ("TDM1", 230.0, 15.625, 128, 1),
    ("TDM2", 231.5, 15.625, 128, 2),
    ("FDM1", 230.5, 0.977, 128, 1),
    ("FDM2", 231.9, 0.977, 128, 2),
    ("EDGE", 231.5 + 2.0 - 0.03, 0.977, 32, 2),
    ("FAR", 244.0, 15.625, 64, 3),
)


@pytest.fixture(scope="module")
def casa():
    pytest.importorskip("casaconfig")
    from casapilot.steps.casa import config

    config.configure()
    return SimpleNamespace(tools=config.import_tools(), tasks=config.import_tasks())


@pytest.fixture(scope="module")
def recipes(casa):
    spec = importlib.util.spec_from_file_location("recipes_under_test", RECIPES / "almahelpers.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pristine(casa, tmp_path_factory):
    path = tmp_path_factory.mktemp("recipes") / "x.ms"
    observe(casa.tools, str(path))
    return path


@pytest.fixture
def ms(pristine, tmp_path):
    """A copy of the MS; returns its path."""
    import shutil

    return str(shutil.copytree(pristine, tmp_path / "x.ms"))


def observe(tools, path):
    """Two Tsys scans of 20 s and a target scan; the SYSCAL table is `write_syscal`'s."""
    sm, me = tools.simulator(), tools.measures()
    sm.open(path)
    place = me.observatory("ALMA")
    offsets = [float(n * 30) for n in range(ANTENNAS)]
    sm.setconfig(
        telescopename="ALMA",
        x=offsets,
        y=offsets[::-1],
        z=[0.0] * ANTENNAS,
        dishdiameter=[12.0] * ANTENNAS,
        mount=["alt-az"],
        antname=[f"DA4{n}" for n in range(ANTENNAS)],
        padname=[f"A00{n}" for n in range(ANTENNAS)],
        coordsystem="local",
        referencelocation=place,
    )
    for name, freq, width, channels, _ in SPWS:
        sm.setspwindow(
            spwname=name,
            freq=f"{freq}GHz",
            deltafreq=f"{width}MHz",
            freqresolution=f"{width}MHz",
            nchannels=channels,
            refcode="TOPO",
            stokes="XX YY",
        )
    sm.setfeed("perfect X Y", pol=[""])
    sm.setfield("J1", me.direction("J2000", "10h58m29s", "1d33m58s"))
    sm.setlimits(elevationlimit="1deg")
    sm.setauto(1.0)
    sm.settimes("5s", usehourangle=False, referencetime=me.epoch("UTC", "2016/06/12/22:00:00"))
    atmosphere, target = "CALIBRATE_ATMOSPHERE#OFF_SOURCE", "OBSERVE_TARGET#ON_SOURCE"
    for begin, intent, spws in (
        (0, atmosphere, (1, 2)),
        (60, atmosphere, (1, 2)),
        (120, target, (0, 3, 4, 5, 6)),
    ):
        for spw in spws:
            sm.observe(
                "J1", SPWS[spw][0], starttime=f"{begin}s", stoptime=f"{begin + 20}s", state_obs_mode=intent
            )
    sm.close()
    table = tools.table()
    table.open(path + "/SPECTRAL_WINDOW", nomodify=False)
    table.addcols({"BBC_NO": {"valueType": "int", "option": 0, "maxlen": 0, "comment": ""}})
    for row, spw in enumerate(SPWS):
        table.putcell("BBC_NO", row, spw[4])
    table.close()
    write_syscal(tools, path, [0.0] * ANTENNAS)


def write_syscal(tools, path, shifts, spws=(1, 2)):
    """A SYSCAL table with a measurement in each Tsys scan; an antenna's times are shifted by so many s."""
    table = tools.table()
    table.open(path)
    scans = table.query("ANTENNA1 == 0 && ANTENNA2 == 1 && DATA_DESC_ID == 1", columns="TIME").getcol("TIME")
    table.close()
    starts = sorted({scans.min(), min(time for time in scans if time > scans.min() + 30)})
    description = {
        "ANTENNA_ID": {"valueType": "int", "comment": ""},
        "FEED_ID": {"valueType": "int", "comment": ""},
        "SPECTRAL_WINDOW_ID": {"valueType": "int", "comment": ""},
        "TIME": {"valueType": "double", "comment": ""},
        "INTERVAL": {"valueType": "double", "comment": ""},
        "TSYS_SPECTRUM": {"valueType": "float", "ndim": 2, "comment": ""},
    }
    rows = [(time, antenna, spw) for time in starts for spw in spws for antenna in range(ANTENNAS)]
    table.create(path + "/SYSCAL", description, nrow=len(rows))
    table.putcol("TIME", [time + shifts[antenna] + 2 for time, antenna, _ in rows])
    table.putcol("INTERVAL", [4.0] * len(rows))
    table.putcol("ANTENNA_ID", [antenna for _, antenna, _ in rows])
    table.putcol("FEED_ID", [0] * len(rows))
    table.putcol("SPECTRAL_WINDOW_ID", [spw for _, _, spw in rows])
    for name, unit in (("TIME", "s"), ("INTERVAL", "s"), ("TSYS_SPECTRUM", "K")):
        table.putcolkeyword(name, "QuantumUnits", [unit])
    table.putcolkeyword("TIME", "MEASINFO", {"type": "epoch", "Ref": "UTC"})
    for row, (_, antenna, spw) in enumerate(rows):
        table.putcell("TSYS_SPECTRUM", row, [[100.0 + antenna] * SPWS[spw][3]] * 2)
    table.close()
    table.open(path, nomodify=False)
    table.putkeyword("SYSCAL", "Table: " + path + "/SYSCAL")
    table.close()


def column(tools, path, name):
    table = tools.table()
    table.open(path)
    try:
        return table.getcol(name)
    finally:
        table.close()


def solutions(casa, ms):
    """Number of distinct times and of rows in the Tsys table that gencal makes."""
    casa.tasks.gencal(vis=ms, caltable=ms + ".tsys", caltype="tsys")
    times = column(casa.tools, ms + ".tsys", "TIME")
    return len(set(times)), len(times)


@pytest.mark.casa
def test_times_that_agree_are_left_as_they_are(casa, recipes, ms, capsys):
    before = column(casa.tools, ms + "/SYSCAL", "TIME").tolist()
    assert recipes.fixsyscaltimes(vis=ms) == 0
    assert capsys.readouterr().out == "All SYSCAL times seem correct; no changes required.\n"
    assert column(casa.tools, ms + "/SYSCAL", "TIME").tolist() == before
    assert column(casa.tools, ms + "/SYSCAL", "INTERVAL").tolist() == [4.0] * len(before)


@pytest.mark.casa
def test_gencal_makes_one_solution_a_scan_of_times_that_differ_by_antenna(casa, recipes, ms, capsys):
    write_syscal(casa.tools, ms, [(antenna % 3) * 0.8 for antenna in range(ANTENNAS)])
    assert solutions(casa, ms)[0] == 6  # what is wrong with such times
    assert recipes.fixsyscaltimes(vis=ms) == 2
    assert capsys.readouterr().out == "Some SYSCAL time corrections have been applied.\n"
    assert solutions(casa, ms) == (2, 2 * 2 * ANTENNAS)
    assert recipes.fixsyscaltimes(vis=ms) == 0


@pytest.mark.casa
def test_the_common_time_begins_at_the_mean_of_the_beginnings(casa, recipes, ms):
    first = column(casa.tools, ms + "/SYSCAL", "TIME").min() - 2
    write_syscal(casa.tools, ms, [0.0, 0.0, 0.0, 4.0])
    recipes.fixsyscaltimes(vis=ms, newinterval=3.0)
    assert column(casa.tools, ms + "/SYSCAL", "TIME").min() == pytest.approx(first + 1.0 + 1.5, abs=1e-6)
    assert set(column(casa.tools, ms + "/SYSCAL", "INTERVAL")) == {3.0}


@pytest.mark.casa
def test_each_spw_gets_the_tsys_that_covers_it_in_its_own_baseband(casa, recipes, ms, capsys):
    solutions(casa, ms)
    spwmap = recipes.tsysspwmap(vis=ms, tsystable=ms + ".tsys", tsysChanTol=1)
    # FDM2 lies in both TDM spws: that of its own baseband serves it.
    assert spwmap == [0, 1, 2, 1, 2, 2, 6]
    said = capsys.readouterr().out
    assert "INCOMPLETE TSYS SPW MAPPING" in said and "I cannot find a Tsys spw to use for spw 6 " in said
    assert recipes.tsysspwmap(vis=ms, tsystable=ms + ".tsys", trim=True, tsysChanTol=1) == [0, 1, 2, 1, 2, 2]


@pytest.mark.casa
def test_a_spw_that_reaches_out_of_the_tsys_spw_is_served_within_a_tolerance(casa, recipes, ms):
    solutions(casa, ms)
    served = {
        (tolerance, relax): recipes.tsysspwmap(ms, ms + ".tsys", relax=relax, tsysChanTol=tolerance)[5]
        for tolerance, relax in ((0, False), (1, False), (0, True))
    }
    assert served == {(0, False): 5, (1, False): 2, (0, True): 2}


@pytest.mark.casa
def test_applycal_takes_the_map(casa, recipes, ms):
    solutions(casa, ms)
    spwmap = recipes.tsysspwmap(vis=ms, tsystable=ms + ".tsys", tsysChanTol=1)
    casa.tasks.applycal(
        vis=ms,
        spw="3,4",
        gaintable=[ms + ".tsys"],
        spwmap=[spwmap],
        interp=["linear,linear"],
        flagbackup=False,
    )
    assert "CORRECTED_DATA" in casa_columns(casa.tools, ms)


def casa_columns(tools, path):
    table = tools.table()
    table.open(path)
    try:
        return table.colnames()
    finally:
        table.close()


@pytest.mark.casa
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.sets(st.tuples(st.integers(0, 4), st.integers(0, 6), st.integers(1, 3)), min_size=1, max_size=60),
    shifts=st.lists(st.floats(0, 4), min_size=7, max_size=7),
    gap=st.floats(15, 300),
    order=st.randoms(use_true_random=False),
)
def test_rows_are_taken_together_by_scan_whatever_antennas_and_spws_are_there(
    recipes, rows, shifts, gap, order
):
    import numpy as np

    rows = sorted(rows)
    order.shuffle(rows)
    begins = np.array([scan * gap + shifts[antenna] for scan, antenna, _ in rows])
    columns = {
        "TIME": begins + 1.0,
        "INTERVAL": np.full(len(rows), 2.0),
        "ANTENNA_ID": np.array([antenna for _, antenna, _ in rows]),
        "FEED_ID": np.zeros(len(rows), int),
        "SPECTRAL_WINDOW_ID": np.array([spw for _, _, spw in rows]),
    }
    found = recipes._measurements(columns)
    assert sorted(row for group in found for row in group) == list(range(len(rows)))
    assert all(len({rows[row][0] for row in group}) == 1 for group in found)
    assert len(found) == len({scan for scan, _, _ in rows})


def test_the_text_can_be_put_into_a_script_of_its_own():
    text = (RECIPES / "almahelpers.py").read_text()
    assert "__future__" not in text and "from ." not in text
    compile("import os\n" + text + "\nprint('more')\n", "script", "exec")
