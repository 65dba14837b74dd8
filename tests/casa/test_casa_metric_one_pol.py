"""Numbers of solutions where one polarisation was observed: CASA's tables have room for two always."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from casa_solutions import ANTENNAS, block, table
from casapilot.steps.casa.caltable import Block
from casapilot.steps.casa.metrics import amplitudes as metric_amplitudes
from casapilot.steps.casa.metrics import phases as metric_phases
from casapilot.steps.casa.metrics import solutions as metric_solutions
from casapilot.steps.casa.metrics import tables as metric_tables
from casapilot.steps.casa.metrics.answers import Answer, NothingToTell
from casapilot.steps.errors import CasaError

N = len(ANTENNAS)
SCANS = (4, 8, 12)


def gains(*, failed: int = 0) -> Block:
    """X solved but for `failed` solutions, nothing of Y: flagged, with no signal to noise."""
    values = np.ones((2, 1, len(SCANS), N), complex)
    snr = np.full((2, 1, len(SCANS) * N), 50.0)
    made = block(values, SCANS, spw=17, field=np.zeros(len(SCANS) * N, int), snr=snr)
    made.flags[1] = True
    made.snr[1] = 0.0
    made.flags[0, :, :failed] = True
    made.snr[0, :, :failed] = 1.5
    return made


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Any:
    def put(module: Any, metric: str, each: Block, **results: Any) -> Answer:
        monkeypatch.setattr(module, "read_caltable", lambda folder, name, *kinds: table(each))
        return getattr(module, metric)("x", "", results)

    return put


def test_a_polarisation_that_nobody_has_did_not_fail(measured: Any) -> None:
    assert measured(metric_solutions, "solve_failed", gains()).value == 0.0
    assert measured(metric_solutions, "solve_failed", gains(failed=6)).value == pytest.approx(
        100.0 * 6 / (len(SCANS) * N)
    )


def test_nor_did_it_by_what_the_solve_returned(measured: Any) -> None:
    ant = {"expected": [3, 3], "data_unflagged": [3, 3], "above_minsnr": [2, 0]}
    told = [({"caltable": "x"}, {"solvestats": {"spw17": {"ant2": ant}}})]
    answer = measured(metric_solutions, "solve_failed", gains(), gaincal=told)
    assert answer.value == pytest.approx(100.0 / 3.0) and "attempted 3, succeeded 2" in answer.text


def test_of_a_bandpass_with_averaged_channels_those_count(
    measured: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metric_solutions, "averaged_table", lambda of, folder, fine: table(gains()))
    assert measured(metric_solutions, "solve_failed", gains(failed=6)).value == 0.0


def test_its_solutions_are_not_counted_as_flagged(measured: Any) -> None:
    assert measured(metric_tables, "solutions_flagged", gains()).value == 0.0
    some = measured(metric_tables, "solutions_flagged", gains(failed=3)).value
    assert some == pytest.approx(100.0 * 3 / (len(SCANS) * N))


@pytest.mark.parametrize(
    ("module", "metric"), [(metric_phases, "xy_phase"), (metric_amplitudes, "xy_amplitude")]
)
def test_it_has_no_difference_to_the_other(measured: Any, module: Any, metric: str) -> None:
    with pytest.raises(NothingToTell, match="one polarisation only"):
        measured(module, metric, gains())


@pytest.mark.parametrize(
    ("module", "metric"), [(metric_phases, "xy_phase"), (metric_amplitudes, "xy_amplitude")]
)
def test_where_all_is_flagged_that_is_said_and_not_that_a_polarisation_lacks(
    measured: Any, module: Any, metric: str
) -> None:
    nothing = gains()
    nothing.flags[:] = True
    with pytest.raises(CasaError, match="nothing unflagged"):
        measured(module, metric, nothing)
