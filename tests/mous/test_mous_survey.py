"""What beginning a MOUS would come to, and mous.toml as it is written and completed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from casapilot.steps.errors import AsdmError, CasapilotError, MousError, UsageError
from casapilot.steps.mous.create import NewEb, describe_mous
from casapilot.steps.mous.goal import Goal, GoalSource, GoalWindow
from casapilot.steps.mous.mous import Mous
from casapilot.steps.mous.site import site_settings
from casapilot.steps.mous.survey import Wish, survey
from casapilot.steps.mous.tomlfile import Description, complete_toml, new_toml
from casapilot.steps.mous.transfer import How
from hypothesis import given
from hypothesis import strategies as st
from mous_kit import EB1, EB2, MOUS, NEW, SB, measurement_set, script, write_aot, write_asdm

WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
NUMBER = st.none() | st.floats(1e-8, 1e2)


def wish(root: Path, *asdms: Path, **more: object) -> Wish:
    return replace(Wish(MOUS, root / "mous", asdms), **more)  # type: ignore[arg-type]


def test_metadata_tell_project_block_array_and_goal(tmp_path: Path) -> None:
    goal = {"sensitivityGoal": "0.1 mJy", "representativeFrequency": "230.0 GHz"}
    found = survey(wish(tmp_path, write_asdm(tmp_path / EB1, goal=goal), how=How.LINK))
    assert (found.sb, found.title, found.facts["n_ebs"]) == (SB, f"{SB}, 12m", 1)
    assert (found.goal.rms_jy, found.goal.frequency_hz, found.goal.arrays) == (1e-4, 230e9, ("TE",))
    assert found.ebs == (NewEb("X2cd", EB1, asdm=EB1),)
    assert found.brings[0].target == tmp_path / "mous" / "Calibration_X2cd" / EB1
    assert not found.doubts and not (tmp_path / "mous").exists()


def test_a_file_of_the_observing_tool_goes_before_metadata_and_what_was_typed_before_both(
    tmp_path: Path,
) -> None:
    asdm = write_asdm(tmp_path / EB1, goal={"sensitivityGoal": "9 mJy", "representativeBandwidth": "1 GHz"})
    aot = write_aot(tmp_path / "a.aot", NEW)
    typed = Goal(rms_jy=2e-4, origin={"rms_jy": "typed by EV"})
    found = survey(wish(tmp_path, asdm, aot=aot, goal=typed))
    assert (found.goal.rms_jy, found.goal.beam_min_arcsec) == (2e-4, 0.8)
    assert found.goal.origin["rms_jy"] == "typed by EV" and found.goal.origin["frequency_hz"] == "aot"
    assert (found.project, found.title) == ("2013.1.00123.S", "Gas in NGC 253")
    assert found.goal.arrays == ("TE", "7M") and "alone" in found.goal.caution


def test_ebs_with_the_same_suffix_are_told_apart(tmp_path: Path) -> None:
    other = EB1.replace("X85c183", "X85dcf7")
    found = survey(wish(tmp_path, write_asdm(tmp_path / EB1), write_asdm(tmp_path / other, other)))
    assert [eb.folder for eb in found.ebs] == ["Calibration_X85c183_X2cd", "Calibration_X85dcf7_X2cd"]


def test_the_suffix_of_packages_is_left_out_and_that_is_said(tmp_path: Path) -> None:
    found = survey(wish(tmp_path, write_asdm(tmp_path / f"{EB1}.asdm.sdm")))
    assert found.brings[0].target.name == EB1 and "importasdm" in found.remarks[0]


def test_the_same_eb_twice_is_refused(tmp_path: Path) -> None:
    one, two = write_asdm(tmp_path / "a" / EB1), write_asdm(tmp_path / "b" / EB1)
    with pytest.raises(MousError, match="twice"):
        survey(wish(tmp_path, one, one))
    with pytest.raises(MousError, match="twice") as told:
        survey(wish(tmp_path, one, two))
    assert str(two) in told.value.where


def test_an_eb_of_another_mous_and_project_is_doubted(tmp_path: Path) -> None:
    one = write_asdm(tmp_path / EB1)
    two = write_asdm(tmp_path / EB2, EB2, mous="uid___A001_X99_X9", project="uid___A001_X99_X1")
    doubts = survey(wish(tmp_path, one, two)).doubts
    assert f"{EB2} belongs to another MOUS" in doubts[0] and "differ in their project" in doubts[1]


def test_nothing_to_begin_with_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing to begin with"):
        survey(wish(tmp_path))


def test_asdms_in_the_folder_itself_are_found(tmp_path: Path) -> None:
    write_asdm(tmp_path / "mous" / EB1), write_asdm(tmp_path / "mous" / "Calibration_X7e0" / EB2, EB2)
    found = survey(wish(tmp_path))
    assert {eb.name for eb in found.ebs} == {"X2cd", "X7e0"}
    assert [job.source.name for job in found.brings] == [EB1]


def test_a_broken_asdm_stops_a_beginning_but_not_a_reduction_that_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "mous" / "Calibration_X2cd"
    (write_asdm(folder / EB1) / "Main.xml").unlink()
    with pytest.raises(AsdmError):
        survey(wish(tmp_path))
    measurement_set(folder / f"{EB1}.ms")
    found = survey(wish(tmp_path))
    assert found.ebs[0].place == "Calibration_X2cd" and "not used" in found.remarks[0]


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mous" / "thesis").mkdir(parents=True)
    with pytest.raises(CasapilotError, match="not empty"):
        survey(wish(tmp_path, write_asdm(tmp_path / EB1)))


def test_a_reduction_in_one_flat_folder_keeps_its_place(tmp_path: Path) -> None:
    root = tmp_path / "mous"
    script(root)
    measurement_set(root / f"{EB1}.ms")
    found = survey(wish(tmp_path))
    assert found.ebs == (NewEb("X2cd", EB1, script=f"{EB1}.ms.scriptForCalibration.py", place="."),)
    mous, _ = describe_mous(root, found.description, found.ebs, adopt=True)
    assert mous.eb("X2cd").folder == root and mous.eb("X2cd").script.exists()


RIGHT_ASCENSION, DECLINATION = st.floats(0.0, 360.0), st.floats(-90.0, 90.0)
SOURCES = st.one_of(
    st.builds(GoalSource, WORDS),
    st.builds(
        GoalSource,
        WORDS.filter(bool),
        RIGHT_ASCENSION,
        DECLINATION,
        st.none() | st.floats(-0.1, 20.0),
        st.integers(0, 150),
    ),
)
WINDOWS = st.builds(
    GoalWindow, st.floats(84e9, 950e9), st.floats(1e7, 2e9), st.just(0.0) | st.floats(1e3, 3e7), WORDS,
    st.sampled_from(("", "sky", "rest")),
)  # fmt: skip


@given(
    words=st.lists(WORDS, min_size=9, max_size=9),
    rms=NUMBER,
    name=WORDS,
    sources=st.lists(SOURCES, max_size=3),
    spws=st.lists(WINDOWS, max_size=3),
    products=st.sampled_from((None, 1, 2, 4)),
)
def test_what_mous_toml_is_given_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    words: list[str],
    rms: float | None,
    name: str,
    sources: list[GoalSource],
    spws: list[GoalWindow],
    products: int | None,
) -> None:
    root = tmp_path_factory.mktemp("mous")
    goal = Goal(
        name=name, rms_jy=rms, frequency_hz=230e9, sources=tuple(sources), arrays=("TE",),
        origin={"rms_jy": words[0]}, spws=tuple(spws), polarisations=products,
    )  # fmt: skip
    it = Description(
        MOUS, words[1], ["a"], project=words[2], sb=words[3], reducer=words[4], conflict_of_interest=words[5],
        goal=goal, tickets={"reduction": words[6]}, site={"guide": words[7]}, casa_python=words[8],
    )  # fmt: skip
    mous, added = describe_mous(root, it, [NewEb("X2cd", EB1, asdm=EB1)])
    assert added == () and mous == Mous.load(root) and mous.goal == goal
    assert (mous.title, mous.project, mous.sb, mous.reducer) == tuple(words[1:5])
    assert (mous.conflict_of_interest, mous.tickets, mous.site) == (
        words[5],
        {"reduction": words[6]},
        {"guide": words[7]},
    )
    assert mous.eb("X2cd").asdm == EB1


def test_completing_keeps_every_line_that_people_wrote(tmp_path: Path) -> None:
    it = Description(MOUS, "title", ["a"], facts={"n_ebs": 1})
    text = new_toml(it, [NewEb("X2cd", EB1).values]).replace("[tickets]", "[tickets] # see Ann\nmine = 'x'")
    more = replace(it, reducer="EV", tickets={"mine": "y", "reduction": "SCOPS-1"}, goal=Goal(rms_jy=1e-4))
    new, added = complete_toml(text, more, [NewEb("X2cd", EB1).values, NewEb("X7e0", EB2).values])
    assert added == ("reducer EV", "the goal", "tickets.reduction SCOPS-1", "EB X7e0")
    assert [line for line in text.splitlines() if line not in new.splitlines()] == ["n_ebs = 1"]
    (tmp_path / "mous.toml").write_text(new)
    mous = Mous.load(tmp_path)
    assert mous.tickets == {"mine": "x", "reduction": "SCOPS-1"} and len(mous.ebs) == 2 == mous.facts["n_ebs"]
    assert complete_toml(new, more, [NewEb("X7e0", EB2).values]) == (new, ())


def test_a_misspelt_goal_in_mous_toml_is_told_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "mous.toml").write_text(f'[mous]\nuid = "{MOUS}"\n[goal]\nrms_jyy = 1e-4\n')
    with pytest.raises(MousError, match="rms_jyy") as told:
        Mous.load(tmp_path)
    assert "rms_jy?" in told.value.todo and told.value.where.endswith("mous.toml")


def test_numbers_that_cannot_be_meant_are_refused_when_typed_and_left_out_when_found(tmp_path: Path) -> None:
    asdm = write_asdm(
        tmp_path / EB1, goal={"sensitivityGoal": "5000 Jy", "representativeFrequency": "230 GHz"}
    )
    with pytest.raises(UsageError, match="cannot be meant"):
        survey(wish(tmp_path, asdm, goal=Goal(rms_jy=500.0)))
    found = survey(wish(tmp_path, asdm))
    assert found.goal.rms_jy is None and found.goal.frequency_hz == 230e9
    assert "5000 cannot be meant" in found.remarks[0]


def test_settings_of_the_person_go_before_those_of_the_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, text in (("site", 'guide = "g"\nexpert = "Ann"\n'), ("mine", '[site]\nexpert = "Bob"\n')):
        (tmp_path / folder / "casapilot").mkdir(parents=True)
        (tmp_path / folder / "casapilot" / "site.toml").write_text(text)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "mine"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "site"))
    assert site_settings() == {"guide": "g", "expert": "Bob"}
    (tmp_path / "mine" / "casapilot" / "site.toml").write_text("expert = 3\n")
    with pytest.raises(MousError, match="expert is not a text"):
        site_settings()
