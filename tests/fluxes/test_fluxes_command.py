"""casapilot flux, as it is called."""

import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from casapilot.steps.generate import Metadata
from casapilot.steps.mous.create import NewEb, create_mous
from casapilot.steps.record import read_history
from casapilot.steps.run.start import begin
from casapilot.tui.cli import main
from flux_kit import echo, sends

sys.path.append(str(Path(__file__).parents[1] / "generate"))
from generate_kit import UID, block, read_from_nothing

OTHER = "uid___A002_X85c183_X3f0"
SETJY = """
mystep = 11
if(mystep in thesteps):
  setjy(vis = '{uid}.ms.split', field = '0', spw = '{spws}', standard = 'manual',
    fluxdensity = [{jy}, 0, 0, 0], spix = -0.6, reffreq = '233.0GHz')
"""
SCALED = (
    "2026-11-22 19:19:34\tINFO\tfluxscale::::\t Flux density for J1037-2934 in SpW={spw} is: "
    "{jy} +/- 0.01 (SNR = 90, N = 20)\n"
)


@pytest.fixture(autouse=True)
def asdm(monkeypatch):
    """Every directory that has ASDM.xml is the ASDM of the kit; the second EB was a day later."""
    read_from_nothing(monkeypatch)

    def metadata(asdm):
        made = block()
        day = 0 if asdm.folder.name == UID else 86400
        return replace(made, block=replace(made.block, start_s=made.block.start_s + day))

    monkeypatch.setattr(Metadata, "of", metadata)


@pytest.fixture
def mous(tmp_path, monkeypatch):
    ebs = [NewEb("X2cd", UID), NewEb("X3f0", OTHER)]
    made = create_mous(tmp_path / "mous", uid="uid___A001_X1_X2", title="t", ebs=ebs, checklists=["vla-line"])
    for eb in made.ebs:
        (eb.folder / eb.uid).mkdir()
        (eb.folder / eb.uid / "ASDM.xml").write_text("<ASDM/>")
    begin(made)
    monkeypatch.chdir(made.root)
    return made


@pytest.fixture
def asked(service, monkeypatch):
    monkeypatch.setenv("FLUX_SERVICE_URL", service.url)
    return service.asked


def subjects(mous):
    return [entry.subject for entry in read_history(mous.root)]


def as_json(capsys, *words):
    code = main(["flux", *words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def clean(mous):
    words = ["git", "status", "--porcelain"]
    return subprocess.run(words, cwd=mous.root, capture_output=True, text=True).stdout == ""


def test_in_a_mous_the_calibrators_of_each_eb_are_asked_for_at_its_date_and_spws(mous, asked, capsys):
    code, data = as_json(capsys)
    assert code == 0
    assert [(w["NAME"], w["DATE"], float(w["FREQUENCY"]) / 1e9) for w in asked] == [
        (name, f"{day}-June-2016", pytest.approx(ghz, abs=0.01))
        for day in (12, 13)
        for name in ("J1058+0133", "J1037-2934")
        for ghz in (230.53, 232.70)
    ]
    first = data["fluxes"][0]
    assert (first["eb"], first["field"], first["spw"], first["roles"]) == ("X2cd", 0, 3, ["flux"])
    assert first["flux"]["jy"] == pytest.approx(3.8 * (230.53 / 233) ** -0.6, rel=1e-3)
    assert first["conditions"].startswith("5 measurements in two bands")
    assert subjects(mous)[0] == "Flux densities asked from the catalogue: J1058+0133, J1037-2934"
    assert clean(mous)


def test_asked_again_the_cache_answers_without_the_network_and_says_how_old_it_is(
    mous, asked, monkeypatch, capsys
):
    main(["flux"])
    count = len(subjects(mous))
    monkeypatch.setenv("FLUX_SERVICE_URL", "http://127.0.0.1:9/")
    assert main(["flux"]) == 0
    assert "asked 20" in capsys.readouterr().out and len(asked) == 8
    assert len(subjects(mous)) == count


def test_a_failed_refresh_keeps_the_answers_and_says_so(mous, service, asked, capsys):
    main(["flux"])
    before = (mous.own / "fluxes.json").read_bytes()
    service.answer = lambda words: sends(503)
    capsys.readouterr()
    assert main(["flux", "--refresh"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "not answered now:" in out and "HTTP 503" in out
    assert (mous.own / "fluxes.json").read_bytes() == before


def test_what_the_reduction_holds_is_compared(mous, asked, capsys):
    first, second = mous.ebs
    first.script.write_text(SETJY.format(uid=UID, spws="3,4", jy=3.8))
    second.script.write_text(SETJY.format(uid=OTHER, spws="0,1", jy=4.6))  # spws counted anew
    listing = SCALED.format(spw=0, jy=0.91) + SCALED.format(spw=1, jy=0.75)
    (second.folder / f"{second.ms}.split.fluxscale").write_text(listing)
    code, data = as_json(capsys)
    assert code == 1
    rows = {(each["eb"], each["from"], each["spw"]): each for each in data["compared"]}
    assert len(rows) == 6
    assert rows["X2cd", "setjy", 3]["ratio"] == pytest.approx(1.0, abs=1e-3)
    assert rows["X3f0", "setjy", 4]["ratio"] == pytest.approx(4.6 / 3.8, rel=1e-3)
    assert rows["X3f0", "setjy", 4]["sigma"] == pytest.approx(0.8 / (0.03 * 3.8), rel=0.02)
    assert not rows["X3f0", "fluxscale", 3]["look"]
    assert rows["X3f0", "fluxscale", 4]["look"]
    main(["flux"])
    out = capsys.readouterr().out
    assert "X3f0: J1058+0133: setjy is up to +21 % off (spw 3, 4; more than 10 %)" in out
    assert "X3f0: J1037-2934: fluxscale is up to -17 % off (spw 4; more than 10 %)" in out
    assert "mend that first" in out
    assert max(map(len, out.splitlines())) <= 80


def test_a_setjy_that_is_commented_out_or_a_planets_is_not_compared(mous, asked, capsys):
    text = "setjy(vis='a', field='0', standard='Butler-JPL-Horizons 2012')\n"
    text += "#setjy(vis='a', field='0', standard='manual', fluxdensity=[9,0,0,0])\n"
    text += "setjy(vis='a', field='0', standard='manual', fluxdensity=[flux_of('x'),0,0,0])\n"
    mous.ebs[0].script.write_text(text)
    assert as_json(capsys)[1]["compared"] == []


def test_an_old_measurement_is_a_warning(mous, service, asked, capsys):
    service.answer = lambda words: echo(words, **{"Nearest Measurement Date": "30"})
    assert main(["flux", "--eb", "X2cd"]) == 0
    assert "LOOK: the nearest measurement is 30 d away (more than 14)" in " ".join(
        capsys.readouterr().out.split()
    )


def test_a_source_elsewhere_needs_a_frequency_and_nothing_is_kept(tmp_path, asked, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["flux", "J1427-4206"]) == 2
    assert "--freq" in capsys.readouterr().err
    code, data = as_json(capsys, "J1427-4206", "--freq", "91.5", "--freq", "343.5", "--date", "27-March-2013")
    assert code == 0
    assert [(w["FREQUENCY"], w["DATE"]) for w in asked] == [
        ("91500000000", "27-March-2013"),
        ("343500000000", "27-March-2013"),
    ]
    assert data["fluxes"][1]["flux"]["jy"] == pytest.approx(4.5 * (343.5 / 233) ** -0.6, rel=1e-3)
    assert list(tmp_path.iterdir()) == []


def test_a_name_of_a_calibrator_picks_it_and_another_is_asked_for_at_the_same_spws(mous, asked, capsys):
    _, data = as_json(capsys, "J1058+015", "3c273", "--eb", "X2cd")
    assert [(each["name"], each["field"]) for each in data["fluxes"]] == [
        ("J1058+0133", 0),
        ("J1058+0133", 0),
        ("3c273", None),
        ("3c273", None),
    ]


def test_nobody_at_the_other_end_is_exit_code_4_in_words(mous, capsys):
    assert main(["flux"]) == 4
    out = capsys.readouterr().out
    assert "no flux density: 127.0.0.1:9: no connection" in " ".join(out.split())


def test_offline_without_a_cache_is_said(mous, asked, capsys):
    assert main(["flux", "--offline"]) == 1
    assert "not asked: offline" in capsys.readouterr().out
    assert asked == []


def test_the_site_may_have_an_address_of_its_own(mous, service, monkeypatch, capsys):
    monkeypatch.delenv("FLUX_SERVICE_URL")
    monkeypatch.delenv("FLUX_SERVICE_URL_BACKUP")
    path = mous.root / "mous.toml"
    text = path.read_text().replace(
        "[site]", f'[site]\nflux_service = "{service.url}"\nflux_service_backup = "none"'
    )
    path.write_text(text)
    assert main(["flux", "--eb", "X2cd"]) == 0
    assert len(service.asked) == 4


def test_flux_csv_is_shown_confirmed_written_committed_and_read_by_generate(mous, asked, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    (mous.root / "flux.csv").write_text(f"ms,field,spw,I,spix,comment\n{UID}.ms,9,3,1,,mine\n")
    assert main(["flux", "--csv"]) == 3
    assert "mine" in (mous.root / "flux.csv").read_text() and "nobody has said yes" in capsys.readouterr().err
    assert main(["flux", "--csv", "--yes"]) == 0
    err = capsys.readouterr().err
    assert f"+{UID}.ms,0,3,3.8" in err and "committed" in err
    assert subjects(mous)[:2] == ["flux.csv: J1058+0133, J1037-2934", "flux.csv: edited outside casapilot"]
    assert clean(mous)
    assert (mous.root / "flux.csv").read_text().splitlines()[1] == f"{UID}.ms,9,3,1,,mine"
    assert main(["generate", "X2cd", "--with", "own"]) == 0
    script = mous.ebs[0].script.read_text()
    assert "fluxdensity = [3.82" in script and "spix = -0.6" in script
    assert "From flux.csv" in capsys.readouterr().err
    assert main(["flux", "--csv", "--yes"]) == 0
    assert "has all of it already" in capsys.readouterr().err


def test_another_flux_csv_that_wins_is_told(mous, asked, capsys):
    (mous.ebs[0].folder / "flux.csv").write_text("ms,field,spw,I\n")
    main(["flux", "--csv", "--yes"])
    assert "X2cd: it has a flux.csv of its own" in capsys.readouterr().err


def test_a_value_by_hand_is_kept_apart_and_used_only_when_asked_for(mous, capsys):
    words = [
        "flux",
        "set",
        "J1058+0133",
        "3.5@230.53GHz:-0.5",
        "--date",
        "2016-06-12",
        "--source",
        "SMA list",
    ]
    assert main([*words, "--initials", "AB"]) == 0
    assert subjects(mous)[0] == "Flux densities given by AB: J1058+0133"
    assert clean(mous)
    capsys.readouterr()
    assert main(["flux", "J1058+0133", "--offline"]) == 1
    assert "none" in capsys.readouterr().out
    code, data = as_json(capsys, "J1058+0133", "--offline", "--given")
    assert code == 0
    assert {each["flux"]["source"] for each in data["fluxes"]} == {"SMA list"}
    assert main(["flux", "J1058+0133", "--offline", "--given", "--csv", "--yes"]) == 0
    assert f"{UID}.ms,0,3,3.5,0.0,0.0,0.0,-0.5,# field=J1058+0133" in (mous.root / "flux.csv").read_text()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["set", "J1"], "takes a name and a value"),
        (["set", "J1", "3@230GHz", "--source", "x"], "of which date?"),
        (["set", "J1", "3@230GHz", "--date", "2016-06-12"], "origin"),
        (["set", "J1", "much", "--date", "2016-06-12", "--source", "x"], "cannot read"),
        (["--date", "never"], "not a date"),
        (["J1", "--freq", "232e9"], "no frequency of ALMA"),
        (["--refresh", "--offline"], "Leave one of them out"),
        (["--csv", "--freq", "230"], "for the spws and dates of a MOUS"),
        (["--csv", "--offline"], "no flux density to write"),
        (["--eb", "X9"], "has no EB 'X9'"),
    ],
)
def test_what_cannot_be_is_refused_in_words(mous, asked, capsys, words, reason):
    assert main(["flux", *words]) == 2
    assert reason in capsys.readouterr().err
    assert not (mous.root / "flux.csv").exists() and not (mous.own / "fluxes.json").exists()


def test_an_eb_whose_asdm_is_gone_is_told_and_the_others_are_answered(mous, asked, capsys):
    (mous.ebs[0].folder / UID / "ASDM.xml").unlink()
    assert main(["flux"]) == 0
    out, err = capsys.readouterr()
    assert "X2cd: " in err and "2016-06-13" in out and "2016-06-12" not in out


def test_a_planet_is_no_question_for_the_catalogue(mous, asked, monkeypatch, capsys):
    names = ("Uranus", "J1037-2934", "J1018-3144", "Antlia")
    made = block()
    fields = tuple(replace(each, name=name) for each, name in zip(made.fields, names, strict=True))
    monkeypatch.setattr(Metadata, "of", lambda path: replace(made, fields=fields))
    assert main(["flux", "--eb", "X2cd"]) == 0
    assert {words["NAME"] for words in asked} == {"J1037-2934"}
    assert "Uranus is of the solar system" in capsys.readouterr().err


def test_a_damaged_cache_is_never_written_over(mous, asked, capsys):
    (mous.own / "fluxes.json").write_text("{")
    assert main(["flux"]) == 2
    assert "git checkout" in capsys.readouterr().err
    assert (mous.own / "fluxes.json").read_text() == "{" and asked == []


def test_what_the_catalogue_says_cannot_command_the_terminal(mous, service, asked, capsys):
    service.answer = lambda words: echo(words, SourceName=f"\x9b31m{words['NAME']};x\u202e")
    main(["flux", "--eb", "X2cd"])
    out = capsys.readouterr().out
    assert "\x9b" not in out and "\u202e" not in out
