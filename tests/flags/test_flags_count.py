"""Our counts against those of flagdata, on sets of every form that CASA writes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casapilot.steps.casa import flag_count
from casapilot.steps.errors import FlagError

pytestmark = pytest.mark.casa

Make = Callable[[Any, Path, Path], None]


def summary(casa: Any, ms: Path, **selection: str) -> dict[str, Any]:
    return dict(casa.flagdata(str(ms), mode="summary", spwchan=True, **selection))


@pytest.mark.parametrize("name", ["mixed", "regular", "ngc5921", "real_alma"])
def test_counts_are_flagdatas_to_the_last_visibility(
    casa: Any, request: pytest.FixtureRequest, name: str
) -> None:
    ms = request.getfixturevalue(name)
    counted = flag_count.count(str(ms))
    assert counted.summary == summary(casa, ms)
    assert counted.how == "", "the fast way was not taken"
    assert counted.summary["flagged"] > 0


@pytest.mark.parametrize("name", ["mixed", "regular", "ngc5921"])
def test_without_autocorrelations_counts_are_those_of_the_crosscorrelations(
    casa: Any, request: pytest.FixtureRequest, name: str
) -> None:
    ms = request.getfixturevalue(name)
    apart = flag_count.count_apart(str(ms)).summary
    assert flag_count.count_flags(str(ms), autos=False) == summary(casa, ms, antenna="*&")
    assert apart.pop("cross") == summary(casa, ms, antenna="*&")
    assert apart.pop("auto") == summary(casa, ms, antenna="*&&&")
    assert apart == summary(casa, ms)


def test_channels_can_be_left_out(mixed: Path) -> None:
    whole = flag_count.count_flags(str(mixed))
    whole.pop("spw:channel")
    assert flag_count.count_flags(str(mixed), channels=False) == whole


def part(casa: Any, ms: Path, to: Path) -> None:
    casa.split(str(ms), str(to), spw="1,3,0:5~40", antenna="!ea03", datacolumn="data")


def averaged(casa: Any, ms: Path, to: Path) -> None:
    casa.mstransform(str(ms), str(to), spw="0,7", datacolumn="data", chanaverage=True, chanbin=3)


def two_correlations(casa: Any, ms: Path, to: Path) -> None:
    casa.split(str(ms), str(to), spw="0,1,3", correlation="RR,LL", width=[4, 4, 17], datacolumn="data")


@pytest.mark.parametrize("make", [part, averaged, two_correlations])
def test_what_casa_makes_of_a_set_is_counted_the_same(
    casa: Any, mixed: Path, tmp_path: Path, make: Make
) -> None:
    make(casa, mixed, tmp_path / "made.ms")
    counted = flag_count.count(str(tmp_path / "made.ms"))
    assert counted == (summary(casa, tmp_path / "made.ms"), "")


def test_concatenated_sets_number_data_descriptions_and_spws_apart(
    casa: Any, mixed: Path, ngc5921: Path, tmp_path: Path
) -> None:
    part(casa, mixed, tmp_path / "part.ms")
    casa.concat([str(mixed), str(ngc5921), str(tmp_path / "part.ms")], str(tmp_path / "all.ms"))
    assert flag_count.count(str(tmp_path / "all.ms")) == (summary(casa, tmp_path / "all.ms"), "")


def stored_as(ms: Path, to: Path, kind: str, tile: list[int], open_table: Callable[..., Any]) -> None:
    """Copy a set with its flags under another storage manager."""
    with open_table(ms) as table:
        managers = table.getdminfo()
        for manager in managers.values():
            if "FLAG" in manager["COLUMNS"]:
                spec = {"DEFAULTTILESHAPE": np.array(tile)} if tile else {}
                manager.update(TYPE=kind, NAME="Otherwise", SPEC=spec)
        table.copy(str(to), deep=True, valuecopy=True, dminfo=managers).close()


@pytest.mark.parametrize(
    ("kind", "tile"),
    [
        ("TiledShapeStMan", [1, 7, 33]),
        ("TiledShapeStMan", [3, 50, 1]),
        ("TiledShapeStMan", [4, 1, 1000]),
        ("StandardStMan", []),
        ("IncrementalStMan", []),
    ],
)
def test_any_storage_is_counted_and_the_slow_way_is_said(
    casa: Any, regular: Path, tmp_path: Path, open_table: Callable[..., Any], kind: str, tile: list[int]
) -> None:
    stored_as(regular, tmp_path / "other.ms", kind, tile, open_table)
    counted = flag_count.count(str(tmp_path / "other.ms"))
    assert counted.summary == summary(casa, tmp_path / "other.ms")
    assert counted.how == ("" if tile else f"FLAG is stored by {kind}")
    assert flag_count.count_flags(str(tmp_path / "other.ms"), autos=False) == summary(
        casa, tmp_path / "other.ms", antenna="*&"
    )


def test_a_multi_ms_is_counted_through_casatools(casa: Any, mixed: Path, tmp_path: Path) -> None:
    casa.partition(str(mixed), str(tmp_path / "parts.mms"), numsubms=3, datacolumn="data")
    counted = flag_count.count(str(tmp_path / "parts.mms"))
    assert counted.summary == summary(casa, tmp_path / "parts.mms")
    assert "multi-MS" in counted.how


def test_a_selection_saved_as_a_table_is_counted(
    casa: Any, ngc5921: Path, tmp_path: Path, open_table: Callable[..., Any]
) -> None:
    with open_table(ngc5921) as table:
        table.query("FIELD_ID==1", name=str(tmp_path / "selected.ms")).close()
    counted = flag_count.count(str(tmp_path / "selected.ms"))
    assert counted.summary == summary(casa, tmp_path / "selected.ms")
    assert list(counted.summary["field"]) == ["1445+09900002_0"]


def rename_fields(ms: Path, open_table: Callable[..., Any]) -> None:
    with open_table(ms / "FIELD", write=True) as table:
        table.putcol("NAME", np.array(["A : B", "[red]", "A : B"]))


def rename_antenna(ms: Path, open_table: Callable[..., Any]) -> None:
    with open_table(ms / "ANTENNA", write=True) as table:
        table.putcell("NAME", 3, table.getcell("NAME", 4))


def twice_the_same_correlation(ms: Path, open_table: Callable[..., Any]) -> None:
    with open_table(ms / "POLARIZATION", write=True) as table:
        table.putcell("CORR_TYPE", 0, np.array([5, 5]))


def short_scans(ms: Path, open_table: Callable[..., Any]) -> None:
    with open_table(ms, write=True) as table:
        table.putcol("SCAN_NUMBER", np.arange(table.nrows()) // 7 % 13)


def several_arrays(ms: Path, open_table: Callable[..., Any]) -> None:
    with open_table(ms, write=True) as table:
        table.putcol("ARRAY_ID", np.arange(table.nrows()) // 70 % 3)


def flagged_rows(ms: Path, open_table: Callable[..., Any]) -> None:
    with open_table(ms, write=True) as table:
        table.putcol("FLAG_ROW", np.arange(table.nrows()) % 2 == 0)


@pytest.mark.parametrize(
    "change",
    [rename_fields, rename_antenna, twice_the_same_correlation, short_scans, several_arrays, flagged_rows],
)
def test_odd_contents_are_counted_as_flagdata_counts_them(
    casa: Any,
    ngc5921: Path,
    own: Callable[[Path], Path],
    open_table: Callable[..., Any],
    change: Callable[[Path, Any], None],
) -> None:
    ms = own(ngc5921)
    change(ms, open_table)
    assert flag_count.count_flags(str(ms)) == summary(casa, ms)


HOLD = """
import sys
from casapilot.steps.casa import config
config.configure()
table = config.import_tools().table()
table.open(sys.argv[1], lockoptions={"option": "permanent"}, nomodify=False)
print("held", flush=True)
sys.stdin.read()
"""

COUNT = """
import sys
from casapilot.steps.casa import config, flag_count
config.configure()
print(flag_count.count_flags(sys.argv[1])["flagged"])
"""


def test_counting_does_not_wait_for_a_process_that_has_the_set_locked(mixed: Path) -> None:
    expected = flag_count.count_flags(str(mixed))["flagged"]
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(mixed)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout and holder.stdout.readline() == "held\n"
        command = [sys.executable, "-c", COUNT, str(mixed)]
        counted = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    finally:
        holder.communicate()
    assert float(counted.stdout) == expected


def no_set(ms: Path) -> Path:
    return ms / "nowhere"


def subtable(ms: Path) -> Path:
    return ms / "FIELD"


def without_antennas(ms: Path) -> Path:
    for file in (ms / "ANTENNA").iterdir():
        file.unlink()
    return ms


def broken_header(ms: Path) -> Path:
    (ms / "table.dat").write_bytes(b"\0" * 100)
    return ms


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (no_set, "is not a table of CASA"),
        (subtable, "is not a measurement set"),
        (without_antennas, "is not a table of CASA"),
        (broken_header, "its flags cannot be counted"),
    ],
)
def test_what_is_no_set_or_a_damaged_one_is_said(
    casa: Any, ngc5921: Path, own: Callable[[Path], Path], damage: Callable[[Path], Path], what: str
) -> None:
    with pytest.raises(FlagError, match=what) as caught:
        flag_count.count(str(damage(own(ngc5921))))
    assert caught.value.where


@pytest.mark.parametrize("kind", ["", "StandardStMan"])
def test_rows_without_flags_are_said_before_casatools_aborts_on_them(
    casa: Any, regular: Path, tmp_path: Path, open_table: Callable[..., Any], kind: str
) -> None:
    ms = tmp_path / "longer.ms"
    stored_as(regular, ms, kind or "TiledShapeStMan", [] if kind else [4, 64, 64], open_table)
    with open_table(ms, write=True) as table:
        table.addrows(1)
        table.putcell("DATA_DESC_ID", table.nrows() - 1, 3)
    with pytest.raises(FlagError, match="some rows have no flags") as caught:
        flag_count.count(str(ms))
    assert caught.value.where == str(ms)


@pytest.mark.parametrize(
    ("column", "value"), [("ANTENNA2", 99), ("ANTENNA1", -1), ("FIELD_ID", 9), ("FIELD_ID", -1)]
)
def test_rows_that_name_what_does_not_exist_are_an_error(
    casa: Any,
    ngc5921: Path,
    own: Callable[[Path], Path],
    open_table: Callable[..., Any],
    column: str,
    value: int,
) -> None:
    ms = own(ngc5921)
    with open_table(ms, write=True) as table:
        table.putcell(column, 5, value)
    with pytest.raises(FlagError, match="rows name"):
        flag_count.count(str(ms))


def test_a_set_without_rows_has_no_flags(
    casa: Any, ngc5921: Path, tmp_path: Path, open_table: Callable[..., Any]
) -> None:
    with open_table(ngc5921) as table:
        table.copy(str(tmp_path / "empty.ms"), deep=True, valuecopy=True, norows=True).close()
    counted = flag_count.count_flags(str(tmp_path / "empty.ms"))
    assert (counted["flagged"], counted["total"], counted["antenna"]) == (0.0, 0.0, {})
