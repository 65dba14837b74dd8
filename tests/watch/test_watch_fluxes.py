"""Flux densities from the log of fluxscale."""

from pathlib import Path

from casapilot.steps.watch.fluxes import ListedFlux, read_fluxes
from hypothesis import given
from hypothesis import strategies as st

HEAD = "2026-11-22 18:19:49\tINFO\tfluxscale::::\t Flux density for "


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "x.ms.split.fluxscale"
    path.write_text("\n".join(lines))
    return path


def test_a_line_of_casa_6_and_one_of_casa_4_are_read(tmp_path):
    path = written(
        tmp_path,
        HEAD + "J1248-1959 in SpW=8 (freq=2.3268e+11 Hz) is: 1.12787 +/- 0.00953 (SNR = 118.3, N = 10)",
        HEAD + "J1922+1530 in SpW=17 (ref SpW=17) is: 0.148 +/- 0.001 (SNR = 148, N = 62)",
    )
    assert read_fluxes(path) == (
        ListedFlux("J1248-1959", 8, 1.12787, 0.00953),
        ListedFlux("J1922+1530", 17, 0.148, 0.001),
    )


def test_what_has_no_solution_is_left_out(tmp_path):
    path = written(
        tmp_path,
        HEAD + "A in SpW=0 is:  INSUFFICIENT DATA ",
        HEAD + "A in SpW=3 (freq=2.3e+11 Hz) is: -1 +/- -1 (SNR = 1, N = 0)",
    )
    assert read_fluxes(path) == ()


def test_of_a_flux_listed_twice_the_last_counts(tmp_path):
    path = written(tmp_path, HEAD + "A in SpW=1 is: 1.0 +/- 0.1", HEAD + "A in SpW=1 is: 2.0 +/- 0.1")
    assert [flux.jy for flux in read_fluxes(path)] == [2.0]


def test_a_missing_file_holds_nothing(tmp_path):
    assert read_fluxes(tmp_path / "none") == ()


@given(st.text())
def test_any_text_is_read_or_passed_over(text):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "log")
        path.write_text(HEAD + text, encoding="utf-8", errors="replace")
        read_fluxes(path)
