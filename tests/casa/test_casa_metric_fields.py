"""Fields that were only pointed at, and fields that have got their coordinates since the import."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from casapilot.steps.casa.metrics import fields
from casapilot.steps.casa.metrics.answers import NothingToTell, Place
from casapilot.steps.casa.ms_names import Names
from casapilot.steps.casa.spans import Span

FIELD_XML = """<FieldTable>{}</FieldTable>"""
ROW = "<row><fieldName>{}</fieldName><phaseDir>2 1 2 {} {}</phaseDir></row>"


class Table:
    """A table made up: its cells by column."""

    def __init__(self, **columns: list[Any]) -> None:
        self.columns = columns

    def __enter__(self) -> Table:
        return self

    def __exit__(self, *error: object) -> None:
        """Leave it."""

    def nrows(self) -> int:
        return len(next(iter(self.columns.values())))

    def getcell(self, name: str, row: int) -> Any:
        return self.columns[name][row]

    def getcol(self, name: str) -> Any:
        return self.columns[name]


@pytest.fixture
def ms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that lays down an MS with fields where they are said to be, and a history."""

    def lay(history: list[str], **where: tuple[float, float]) -> str:
        (tmp_path / "x.ms/HISTORY").mkdir(parents=True, exist_ok=True)
        tables = {
            "FIELD": Table(NAME=list(where), PHASE_DIR=list(where.values())),
            "HISTORY": Table(MESSAGE=history),
        }
        monkeypatch.setattr(fields, "open_unlocked", lambda path: tables[path.rpartition("/")[2]])
        return str(tmp_path)

    return lay


def test_a_field_at_zero_in_the_asdm_that_has_a_place_now_has_moved(ms: Any, tmp_path: Path) -> None:
    folder = ms([], J1=(1.0, 0.5), Pallas=(2.0, 0.1), Ceres=(0.0, 0.0))
    (tmp_path / "x").mkdir()
    rows = ROW.format("J1", 1.0, 0.5) + ROW.format("Pallas", 0.0, 0.0) + ROW.format("Ceres", 0.0, 0.0)
    (tmp_path / "x/Field.xml").write_text(FIELD_XML.format(rows))
    answer = fields.fields_moved("x.ms", folder, {})
    assert answer[:3] == (1.0, "", "Pallas") and answer.offenders[0].place == Place(field="Pallas")


@pytest.mark.parametrize("said", ['field       = "1"', 'field = "Pallas"', "field = ['1']"])
def test_without_an_asdm_the_history_tells_what_fixplanets_was_called_for(ms: Any, said: str) -> None:
    history = ["taskname=setjy", 'field = "0"', "taskname=fixplanets", 'vis = "x.ms"', said]
    assert fields.fields_moved("x.ms", ms(history, J1=(1.0, 0.5), Pallas=(2.0, 0.1)), {}).text == "Pallas"
    assert fields.fields_moved("x.ms", ms(history[:2], J1=(1.0, 0.5), Pallas=(2.0, 0.1)), {}).value == 0.0


MODES = [
    "CALIBRATE_POINTING#ON_SOURCE,CALIBRATE_WVR#ON_SOURCE",
    "CALIBRATE_PHASE#ON_SOURCE",
    "OBSERVE_TARGET#ON_SOURCE",
]


@pytest.mark.parametrize(
    ("seen", "names"),
    [([(0, 0), (1, 0), (1, 1)], ["J1"]), ([(0, 1), (1, 2)], []), ([(0, 0), (1, 2)], ["J1"])],
)
def test_who_was_pointed_at_and_nothing_else_is_named(
    ms: Any, monkeypatch: pytest.MonkeyPatch, seen: list[tuple[int, int]], names: list[str]
) -> None:
    told = Names([], None, ["J1", "J2"], MODES, [], [], [], [])
    monkeypatch.setattr(fields, "read_names", lambda path: told)
    spans = [Span(n, field, state, 0, float(n), float(n)) for n, (field, state) in enumerate(seen)]
    monkeypatch.setattr(fields, "read_spans", lambda path: spans)
    answer = fields.pointing_only("x.ms", ms([], J1=(1.0, 0.5)), {})
    assert [each.place.field for each in answer.offenders] == names and answer.value == len(names)


def test_an_ms_without_intents_tells_nothing_of_pointing(ms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Names([], None, ["J1"], [""], [], [], [], [])
    monkeypatch.setattr(fields, "read_names", lambda path: told)
    monkeypatch.setattr(fields, "read_spans", lambda path: [Span(1, 0, 0, 0, 0.0, 0.0)])
    with pytest.raises(NothingToTell):
        fields.pointing_only("x.ms", ms([], J1=(1.0, 0.5)), {})
