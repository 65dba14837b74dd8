"""What a run is called in the history."""

from __future__ import annotations

from dataclasses import replace

import pytest
from casapilot.steps.record.runs import FlagChange, Measured, RunRecord, Warned
from casapilot.steps.run.words import run_body, run_subject
from hypothesis import given
from hypothesis import strategies as st

RECORD = RunRecord(
    id="r",
    key="list/bandpass@X2cd",
    eb="X2cd",
    step=13,
    title="Bandpass calibration",
    status="done",
    flags=(FlagChange("a.ms", {"flagged": 81.0, "total": 1000.0}, {"flagged": 84.0, "total": 1000.0}),),
)


def test_the_subject_says_what_where_and_how_much() -> None:
    assert run_subject(RECORD) == "X2cd: step 13 Bandpass calibration done, 8.4 % flagged (+0.3)"


@given(st.text(max_size=200), st.sampled_from(["done", "failed", "interrupted", "lost"]))
def test_the_subject_is_one_line_of_72_characters_whatever_the_title(title: str, status: str) -> None:
    subject = run_subject(replace(RECORD, title=title, status=status))
    assert len(subject) <= 72 and "\n" not in subject


@pytest.mark.parametrize("step", [None, 3, 1.1])
def test_a_step_number_is_written_as_the_script_has_it(step: float | None) -> None:
    subject = run_subject(replace(RECORD, step=step, flags=()))
    expected = "" if step is None else f"step {step} "
    assert subject == f"X2cd: {expected}Bandpass calibration done"


def test_flags_put_back_after_a_stop_were_not_put_back_first() -> None:
    pair = "a.ms:casapilot_before_hand_1"
    stopped = replace(
        RECORD, status="interrupted", versions_saved=(pair,), versions_restored=(pair,),
        notes=(f"put its flags back: {pair}",),
    )  # fmt: skip
    assert run_body(stopped).splitlines() == [
        "Saved flags casapilot_before_hand_1 of a.ms.",
        f"put its flags back: {pair}.",
    ]


def test_the_body_tells_restores_warnings_and_checks() -> None:
    body = run_body(
        replace(
            RECORD,
            versions_restored=("a.ms:Before",),
            warnings=(
                Warned("low SNR in spw 3", "gaincal", "WARN", 2, "low-snr"),
                Warned("leap second", "", "SEVERE", 3, "leap", muted=True),
            ),
            checks=(Measured("flux_density_jy", "1445", 2.48, "Jy", "pass", "flux is 2.48 Jy"),),
        )
    )
    assert body.splitlines() == [
        "Restored flags Before of a.ms first.",
        "2 warnings:",
        "- 2x low SNR in spw 3 [low-snr]",
        "3 harmless lines muted.",
        "Check pass: flux is 2.48 Jy.",
    ]
