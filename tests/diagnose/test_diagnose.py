"""Numbers that stand out become findings: one for each cause, with all that shows it, the important first."""

from __future__ import annotations

from casapilot.steps.diagnose import Severity
from casapilot.steps.record.runs import Measured, Warned
from diagnose_kit import cause, check, found, who
from hypothesis import given
from hypothesis import strategies as st

BAD_WVR = cause("bad-wvr", shows=("disc", "rms"), severity=Severity.FAIL, follows=("phase",), many="clouds")
CLOUDS = cause("clouds", per="all", title="Clouds over {antennas}", follows=("phase",))
DEAD = cause("dead", shows=("amp",), follows=("scatter", "phase"), cures=("flag",))


def test_where_nothing_stands_out_nothing_is_found() -> None:
    assert found([check("disc", who("DA41", 0.5)), check("rms")], BAD_WVR) == ()


def test_two_checks_that_name_one_antenna_are_one_finding_with_both_numbers() -> None:
    (finding,) = found([check("disc", who("DA41", 9.0)), check("rms", who("DA41", 5.0))], BAD_WVR)
    assert (finding.cause, finding.severity, finding.antennas) == ("bad-wvr", Severity.FAIL, ("DA41",))
    assert (finding.item, finding.also, len(finding.evidence)) == ("item0", ("item1",), 2)
    assert finding.value == 9.0 and finding.id == "bad-wvr-DA41"


def test_two_antennas_are_two_findings() -> None:
    names = {each.antennas for each in found([check("disc", who("DA41", 9.0), who("DV09", 3.0))], BAD_WVR)}
    assert names == {("DA41",), ("DV09",)}


def test_what_most_antennas_show_is_one_finding_of_the_array() -> None:
    crowd = [who(f"DA{n}", 5.0 + n) for n in range(41, 47)]
    (finding,) = found([check("disc", *crowd), check("phase", crowd[0])], BAD_WVR, CLOUDS)
    assert (finding.cause, len(finding.antennas)) == ("clouds", 6)


def test_a_consequence_at_the_same_place_is_folded_in() -> None:
    dead = check("amp", who("DV09", 50.0, scans=[10]))
    (finding,) = found([dead, check("scatter", who("DV09", 40.0, scans=[10, 11]))], DEAD)
    assert finding.also == ("item1",) and finding.scans == (10,)


def test_what_follows_from_a_jump_may_be_of_any_scan() -> None:
    jump = cause("jump", shows=("amp",), follows=("scatter",), anywhen=True)
    checks = [
        check("amp", who("DV09", 50.0, scans=[13])),
        check("scatter", who("DV09", 40.0, scans=[14, 18])),
    ]
    (finding,) = found(checks, jump)
    assert finding.scans == (13,) and finding.also == ("item1",)


def test_what_else_stands_out_at_the_place_of_a_finding_is_told_with_it() -> None:
    dead, odd = check("amp", who("DV09", 50.0, scans=[10])), check("odd", who("DV09", 4.0))
    (finding,) = found([dead, odd], DEAD)
    assert finding.also == ("item1",) and len(finding.evidence) == 2


def test_what_a_later_item_has_mended_is_only_noted() -> None:
    before, after = check("amp", who("DV09", 50.0), who("DA41", 40.0)), check("amp", who("DA41", 40.0))
    still, mended = found([before, after], DEAD)
    assert (still.antennas, still.severity, still.cures) == (("DA41",), Severity.LOOK, ("flag",))
    assert (mended.antennas, mended.severity, mended.cures) == (("DV09",), Severity.NOTE, ())
    assert mended.title == "dead of DV09; mended since"


def test_the_same_number_of_another_scan_antenna_spw_or_polarisation_is_not() -> None:
    dead = check("amp", who("DV09", 50.0, scans=[10], spws=[1], pols=["X"]))
    for other in (
        who("DV09", 40.0, scans=[12], spws=[1], pols=["X"]),
        who("DA41", 40.0, scans=[10], spws=[1], pols=["X"]),
        who("DV09", 40.0, scans=[10], spws=[1, 2], pols=["X"]),
        who("DV09", 40.0, scans=[10], spws=[1], pols=["X", "Y"]),
    ):
        assert [each.cause for each in found([dead, check("scatter", other)], DEAD)] == [
            "dead",
            "unexplained",
        ]


def test_all_spws_and_both_polarisations_are_no_place_of_their_own() -> None:
    (finding,) = found([check("amp", who("DV09", 9.0, spws=[1, 2], pols=["XX", "YY"], scans=[10]))], DEAD)
    assert (finding.spws, finding.pols, finding.scans) == ((), (), (10,))
    assert finding.title == "dead of DV09 in scan 10"


def test_a_window_that_is_weak_on_all_antennas_is_one_finding_of_the_window() -> None:
    weak = cause("weak", per="spw", shows=("snr",), follows=("scatter",), title="spw{where}")
    crowd = [who(f"DA{n}", 5.0, spws=[3]) for n in range(41, 49)]
    (finding,) = found([check("snr", who("", 4.0, spws=[3])), check("scatter", *crowd)], weak)
    assert (finding.spws, finding.antennas) == ((3,), ())


def test_what_is_of_all_windows_does_not_follow_from_one() -> None:
    weak = cause("weak", per="spw", shows=("snr",), follows=("scatter",), title="spw{where}")
    findings = found([check("snr", who("", 4.0, spws=[3])), check("scatter", who("DV09", 5.0))], weak)
    assert [each.cause for each in findings] == ["weak", "unexplained"]


def test_several_antennas_of_one_check_are_one_sentence() -> None:
    moved = cause("moved", per="all", shows=("antpos",), title="{antennas} moved")
    (finding,) = found([check("antpos", who("DA41", 2.8), who("DV09", 2.1), limit=2.0)], moved)
    assert finding.antennas == ("DA41", "DV09")
    assert finding.evidence == ("antpos: DA41 2.8 and DV09 2.1, above 2",)


def test_what_is_only_noted_is_a_note() -> None:
    (finding,) = found([check("amp", who("DV09", 0.8), limit=None, note=0.5)], DEAD)
    assert finding.severity is Severity.NOTE
    assert found([check("amp", who("DV09", 0.4), limit=None, note=0.5)], DEAD) == ()


def test_noted_antennas_do_not_make_a_cause_of_the_array() -> None:
    crowd = [who(f"DA{n}", 0.8) for n in range(41, 49)]
    causes = {each.cause for each in found([check("disc", *crowd, note=0.5)], BAD_WVR, CLOUDS)}
    assert causes == {"bad-wvr"}


def test_one_number_that_is_hardly_beyond_its_limit_and_alone_is_a_note() -> None:
    alone, far = who("DV09", 1.1, count=1), who("DV09", 2.0, count=1)
    assert [each.severity for each in found([check("odd", alone)])] == [Severity.NOTE]
    assert [each.severity for each in found([check("odd", far)])] == [Severity.LOOK]
    assert [each.severity for each in found([check("odd", alone), check("even", alone)])] == [Severity.LOOK]


def test_an_antenna_that_no_cause_explains_is_one_finding_however_many_numbers() -> None:
    (finding,) = found([check(name, who("DV09", 9.0)) for name in ("one", "two", "three")])
    assert (finding.cause, finding.antennas, len(finding.evidence)) == ("unexplained", ("DV09",), 3)


def test_where_all_together_are_beyond_a_limit_and_nobody_is_it_is_noted_of_the_array() -> None:
    noisy = check("disc", who("DA41", 0.9), value=1.2)
    (finding,) = found([noisy], BAD_WVR, CLOUDS)
    assert (finding.cause, finding.severity, finding.antennas) == ("clouds", Severity.NOTE, ())


def test_what_three_antennas_share_each_hardly_beyond_the_limit_is_noted_of_the_array() -> None:
    noisy = cause("noisy", shows=("disc",), many="clouds")
    three = [who(name, 1.2) for name in ("DA41", "DA42", "DA43")]
    (finding,) = found([check("disc", *three)], noisy, CLOUDS)
    assert (finding.cause, finding.severity) == ("clouds", Severity.NOTE)
    assert len(found([check("disc", *three[:2])], noisy, CLOUDS)) == 2
    loud = found([check("disc", *three[:2], who("DA43", 2.0))], noisy, CLOUDS)
    assert {each.severity for each in loud} == {Severity.LOOK}


def test_a_jump_beside_the_calibrator_scan_in_which_an_antenna_was_dead_is_folded_into_it() -> None:
    dead = cause("dead", shows=("amp",), follows=("gain_jump_deg",), severity=Severity.FAIL)
    jump = cause("jump", shows=("gain_jump_deg",), severity=Severity.FAIL)
    gone = check("amp", who("DV09", 100.0, scans=[9]))
    beside, far = (check("gain_jump_deg", who("DV09", 90.0, scans=scans)) for scans in ([8, 10], [15]))
    assert [each.cause for each in found([gone, beside], dead, jump)] == ["dead"]
    assert {each.cause for each in found([gone, far], dead, jump)} == {"dead", "jump"}


def test_what_may_follow_from_a_failure_is_a_note_as_long_as_there_is_one() -> None:
    rest = cause("rest", shows=("left",), last=True)
    left = check("left", who("DV09", 9.0))
    assert [each.severity for each in found([left], BAD_WVR, rest)] == [Severity.LOOK]
    both = found([check("disc", who("DA41", 9.0)), left], BAD_WVR, rest)
    assert [each.severity for each in both] == [Severity.FAIL, Severity.NOTE]


def test_a_check_without_places_is_told_too() -> None:
    (finding,) = found([check("flags", value=60.0, limit=50.0)])
    assert finding.antennas == () and "60" in finding.evidence[0]


def test_a_known_issue_of_the_log_is_evidence_and_enough_alone() -> None:
    known = cause("no-tsys", shows=("tsys",), known=("tsys-missing",))
    said = Warned("no Tsys for J1", "applycal", "WARN", 3, "tsys-missing")
    (alone,) = found([], known, warnings=[said])
    assert (alone.cause, alone.item, alone.evidence) == ("no-tsys", "log", ("3x no Tsys for J1",))
    (both,) = found([check("tsys", who("DA41", 9.0))], known, warnings=[said])
    assert both.evidence[-1] == "3x no Tsys for J1" and both.antennas == ("DA41",)


def test_a_known_issue_that_is_explained_makes_no_second_finding() -> None:
    one = cause("one", shows=("disc",), known=("disc-large",))
    two = cause("two", shows=("rms",), known=("disc-large",))
    said = Warned("disc is large", "", "WARN", 1, "disc-large")
    assert [e.cause for e in found([check("disc", who("DA41", 9.0))], one, two, warnings=[said])] == ["one"]
    assert found([], one, warnings=[Warned("x", "", "WARN", 1, "disc-large", note=True)]) == ()


def test_a_check_that_fails_makes_a_finding_that_fails() -> None:
    (finding,) = found([check("amp", who("DV09", 9.0), fails=True)], DEAD)
    assert finding.severity is Severity.FAIL


def test_the_important_come_first() -> None:
    checks = [check("odd", who("DV01", 9.0)), check("disc", who("DA41", 9.0)), check("amp", who("DA42", 9.0))]
    order = [each.severity.value for each in found(checks, BAD_WVR, DEAD)]
    assert order == ["fail", "look", "look"]


def test_numbers_without_values_and_unknown_verdicts_say_nothing() -> None:
    unknown = Measured("disc", "", None, "", "unknown", "disc: there is no such file")
    assert found([unknown], BAD_WVR) == ()


ANTENNAS = [f"DA{n}" for n in range(41, 51)]
OFFENDERS = st.lists(
    st.builds(
        who,
        st.sampled_from(ANTENNAS),
        st.floats(0.1, 1e6),
        spws=st.lists(st.integers(0, 3), max_size=3, unique=True),
        pols=st.lists(st.sampled_from(["X", "Y", "XX"]), max_size=2, unique=True),
        scans=st.lists(st.integers(1, 20), max_size=3, unique=True),
    ),
    max_size=8,
)


@given(
    st.lists(
        st.tuples(st.sampled_from(["disc", "rms", "phase", "amp", "scatter", "odd"]), OFFENDERS), max_size=6
    )
)
def test_every_antenna_beyond_a_limit_is_named_by_some_finding(named: list[tuple[str, list]]) -> None:
    checks = [check(metric, *offenders, of=f"t{n}") for n, (metric, offenders) in enumerate(named)]
    findings = found(checks, BAD_WVR, CLOUDS, DEAD)
    clouds = any(each.cause == "clouds" for each in findings)
    told = [one for one in checks if not (clouds and one.metric == "phase")]
    beyond = {each.antenna for one in told for each in one.offenders if each.beyond}
    assert beyond <= {antenna for each in findings for antenna in each.antennas}
    assert all(each.evidence and each.item and each.title for each in findings)


def test_conditions_tell_causes_of_one_number_apart() -> None:
    whole = cause("whole", shows=("scans",), only=("all-spws",))
    part = cause("part", shows=("scans",), only=("one-spw",))
    one, both = who("DV09", 2.0, spws=[1]), who("DA41", 2.0, spws=[1, 2])
    causes = {each.antennas[0]: each.cause for each in found([check("scans", one, both)], whole, part)}
    assert causes == {"DV09": "part", "DA41": "whole"}


def test_what_happens_in_several_scans_is_no_single_event() -> None:
    often = cause("often", shows=("quack",), only=("often",), per="all")
    once = cause("once", shows=("quack",), per="all")
    few, many = who("", 45.0, scans=[7, 9]), who("", 45.0, scans=[7, 9, 11])
    assert [each.cause for each in found([check("quack", few)], often, once)] == ["once"]
    assert [each.cause for each in found([check("quack", many)], often, once)] == ["often"]


def test_one_polarisation_and_both_are_told_apart() -> None:
    one = cause("one", shows=("tsys",), only=("one-pol", "beyond"))
    both = cause("both", shows=("tsys",), only=("both-pols",))
    x, xy = who("DV09", 4.0, pols=["X"]), who("DA41", 4.0, pols=["X", "Y"])
    assert {each.antennas[0]: each.cause for each in found([check("tsys", x, xy)], one, both)} == {
        "DV09": "one",
        "DA41": "both",
    }
