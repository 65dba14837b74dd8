"""antennapos.csv and flux.csv; the corrections that gencal is given."""

import csv

import pytest
from casapilot.steps.errors import ScriptError, UsageError
from casapilot.steps.generate import Wishes, with_tables, write_new
from casapilot.steps.generate.positions import plan_positions
from casapilot.steps.generate.tables import PositionRow, find_table, read_fluxes, read_positions
from generate_kit import UID, block
from hypothesis import given
from hypothesis import strategies as st

HEAD = "ms,antenna,xoff,yoff,zoff,comment\n"


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_the_rows_of_this_execution_are_read(tmp_path):
    rows = f"{UID}.ms,DA41,1e-3,-2e-3,0.0,from a service\nuid___A002_X1_X2.ms,DA42,1,1,1,\n"
    found = read_positions(write(tmp_path / "antennapos.csv", HEAD + rows), UID)
    assert found == (PositionRow("DA41", (1e-3, -2e-3, 0.0), "from a service"),)


def test_comments_blanks_and_other_orders_of_columns_are_taken(tmp_path):
    text = "# made by hand\n\nantenna, zoff, yoff, xoff\nDA41, 3e-3, 2e-3, 1e-3\n"
    found = read_positions(write(tmp_path / "a.csv", text), UID)
    assert found[0].offset_m == (1e-3, 2e-3, 3e-3)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ms,antenna,xoff,yoff\n", "no column 'zoff'"),
        (HEAD + f"{UID}.ms,DA41,1,x,1,\n", "yoff is not a number: 'x'"),
        (HEAD + f"{UID}.ms,DA41,1,nan,1,\n", "yoff is not a number"),
        (HEAD + f"{UID}.ms,DA41,1\n", "has no yoff"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_its_line(tmp_path, text, words):
    with pytest.raises(UsageError, match=words) as error:
        read_positions(write(tmp_path / "antennapos.csv", text), UID)
    assert "antennapos.csv:" in error.value.where


def test_fluxes_of_the_pipelines_table_are_read(tmp_path):
    text = f'ms,field,spw,I,Q,U,V,spix,comment\n{UID}.ms,0,17,3.8,0,0,0,-0.55,"# field=J1058"\n'
    row = read_fluxes(write(tmp_path / "flux.csv", text), UID)[0]
    assert (row.field, row.spw, row.flux_jy, row.spix) == ("0", 17, 3.8, -0.55)


def test_a_flux_that_is_not_above_zero_is_none(tmp_path):
    text = f"ms,field,spw,I,Q,U,V,spix,comment\n{UID}.ms,0,17,0.0,0,0,0,,\n"
    assert read_fluxes(write(tmp_path / "flux.csv", text), UID) == ()


@given(st.lists(st.tuples(st.sampled_from("ABC"), *[st.floats(-1, 1)] * 3, st.text(max_size=20)), max_size=6))
def test_what_a_csv_writer_writes_is_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("t") / "antennapos.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["ms", "antenna", "xoff", "yoff", "zoff", "comment"])
        for antenna, x, y, z, comment in rows:
            plain = "".join(letter for letter in comment if letter.isprintable())
            writer.writerow([f"{UID}.ms", antenna, x, y, z, plain.strip()])
    assert [(row.antenna, *row.offset_m) for row in read_positions(path, UID)] == [row[:4] for row in rows]


def test_the_nearest_table_is_taken(tmp_path):
    (tmp_path / "eb").mkdir()
    far = write(tmp_path / "flux.csv", "")
    assert find_table("flux.csv", [tmp_path / "eb", tmp_path]) == far
    near = write(tmp_path / "eb" / "flux.csv", "")
    assert find_table("flux.csv", [tmp_path / "eb", tmp_path]) == near


def test_tables_beside_the_asdm_complete_the_wishes(tmp_path):
    write(tmp_path / "antennapos.csv", HEAD + f"{UID}.ms,DA41,1e-3,0,0,\n")
    write(tmp_path / "flux.csv", f"ms,field,spw,I\n{UID}.ms,0,3,2.5\n")
    wishes = with_tables(Wishes(refant="DA42"), UID, [tmp_path])
    assert (wishes.refant, wishes.positions_source, wishes.flux_source) == (
        "DA42",
        "antennapos.csv",
        "flux.csv",
    )
    assert wishes.flux_rows[0].flux_jy == 2.5
    assert with_tables(Wishes(), UID, []) == Wishes()


def test_only_corrections_of_these_antennas_that_matter_are_applied():
    rows = (
        PositionRow("DA41", (1e-3, 0, 0), "old"),
        PositionRow("DA41", (3e-3, 0, 0), "new"),
        PositionRow("DA42", (1e-5, 0, 0), "nothing"),
        PositionRow("DV99", (1e-3, 0, 0), "not here"),
    )
    plan = plan_positions(block(), rows, "antennapos.csv")
    assert [row.comment for row in plan.corrections] == ["new"]
    assert plan.notes[0] == "Note: the correction for antenna DA41 is larger than 2mm."
    assert "DA43" in plan.notes[1]


def test_without_corrections_there_is_no_plan():
    assert plan_positions(block(), (PositionRow("DA41", (0.0, 0.0, 0.0), ""),), "antennapos.csv") is None


def test_a_new_script_never_takes_the_place_of_one(tmp_path):
    path = tmp_path / "a.py"
    write_new(path, b"first")
    with pytest.raises(ScriptError, match="cannot be written"):
        write_new(path, b"second")
    assert path.read_bytes() == b"first"
