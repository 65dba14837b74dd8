"""Cures that flag: the smallest selection, in the place for it, once."""

import pytest
from casapilot.steps.script import Script
from cures_kit import CONTEXT, OURS, UID, changed, first, found, proposed, theirs, without

SPLIT = f"flagdata(vis = '{UID}.ms.split',"
TSYS = f"flagdata(vis = '{UID}.ms.tsys',"


def block(*selected: str, head: str = SPLIT, mode: str = "manual") -> list[str]:
    """Lines of a call of flagdata."""
    return [head, f"mode = '{mode}',", *(f"{each}," for each in selected), "flagbackup = False)"]


@pytest.mark.parametrize(
    ("finding", "lines"),
    [
        (found("flag-antenna", antennas=("DA41",)), block("antenna = 'DA41'")),
        (
            found("flag-antenna", antennas=("DA41",), spws=(21,), pols=("Y",)),
            block("antenna = 'DA41'", "spw = '21'", "correlation = 'YY'"),
        ),
        (found("flag-antenna", antennas=("DA41",), scans=(6,)), block("antenna = 'DA41'", "scan = '6'")),
        (
            found("flag-scan", antennas=("DA41", "DV09"), scans=(6, 7, 8, 4)),
            block("antenna = 'DA41,DV09'", "scan = '4,6~8'"),
        ),
        (found("flag-scan", scans=(6,)), block("scan = '6'")),
        (found("flag-pol", antennas=("DA41",), pols=("X",)), block("antenna = 'DA41'", "correlation = 'XX'")),
        (
            found("flag-between", antennas=("DA41",), scans=(4,)),
            block("antenna = 'DA41'", "scan = '4,6,7'"),
        ),
        (
            found("flag-between", antennas=("DA41",), scans=(3, 8)),
            block("antenna = 'DA41'", "scan = '4,6,7'"),
        ),
        (found("flag-between", antennas=("DA41",), scans=(8,)), block("antenna = 'DA41'", "scan = '4,6,7'")),
        (found("flag-between", antennas=("DA41",), scans=(9,)), block("antenna = 'DA41'", "scan = '9'")),
        (found("flag-edges", spws=(17,)), block("spw = '17:0~7;112~119'")),
        (found("shadow"), block(mode="shadow")),
        (found("quack"), block("quackinterval = 5.443", "quackmode = 'beg'", mode="quack")),
        (
            found("quack", antennas=("DA41",)),
            block("antenna = 'DA41'", "quackinterval = 5.443", "quackmode = 'beg'", mode="quack"),
        ),
    ],
)
def test_it_flags_only_what_the_finding_names(finding, lines):
    proposal = first(finding)
    assert changed(OURS, proposal.content) == ([], lines)
    assert proposal.item == "initial-flags"
    assert first(finding, proposal.content).already


def test_the_flags_stand_at_the_end_of_the_initial_flagging():
    proposal = first(found("flag-antenna", antennas=("DA41",)))
    script = Script.parse(proposal.content)
    assert b"antenna = 'DA41'" in script.step_text(script.step_by_title("initial flagging"))
    assert b"# XY 2026-11-22: inserted: It is bad: rms 918 um, the others 43" in proposal.content


def test_flags_that_are_there_already_are_not_set_again():
    wide = OURS.replace(
        "  # Flags by hand", f"  {SPLIT} antenna = 'DA41,DV09', spw = '17,19~21')\n  # Flags by hand"
    )
    assert first(found("flag-scan", antennas=("DV09",), scans=(4,), spws=(19, 21)), wide).already
    assert not first(found("flag-scan", antennas=("DV09",), scans=(4,)), wide).already
    assert not first(found("flag-scan", antennas=("DA42",), spws=(19,), scans=(4,)), wide).already


@pytest.mark.parametrize(
    "narrow", ["timerange = '1:00~2:00'", "autocorr = True", "field = '2'", "mode = 'clip'"]
)
def test_a_narrower_flag_is_no_reason_not_to_flag(narrow):
    there = OURS.replace("  # Flags by hand", f"  {SPLIT} antenna = 'DA41', {narrow})\n  # Flags by hand")
    assert not first(found("flag-antenna", antennas=("DA41",)), there).already


def test_a_flag_that_is_commented_out_does_not_count():
    there = OURS.replace("  # Flags by hand", f"  #{SPLIT} antenna = 'DA41')\n  # Flags by hand")
    assert not first(found("flag-antenna", antennas=("DA41",)), there).already


def test_scans_that_the_split_data_do_not_have_are_no_selection():
    finding = found("flag-antenna", antennas=("DA41",), scans=(5,), pols=("X",), item="tsys")
    assert changed(OURS, first(finding).content)[1] == block("antenna = 'DA41'", "correlation = 'XX'")
    finding = found("flag-scan", antennas=("DA41",), scans=(5, 6))
    assert changed(OURS, first(finding).content)[1] == block("antenna = 'DA41'", "scan = '6'")


def test_all_windows_and_polarisations_are_no_selection():
    finding = found("flag-antenna", antennas=("DA41",), spws=(17, 19, 21), pols=("X", "Y"))
    assert changed(OURS, first(finding).content)[1] == block("antenna = 'DA41'")


def test_spws_of_the_first_steps_become_those_of_split_data_that_are_numbered_anew():
    early = found("flag-antenna", antennas=("DA41",), spws=(21,), item="apply-apriori")
    assert "spw = '2'," in changed(theirs(), first(early, theirs()).content)[1]
    late = found("flag-antenna", antennas=("DA41",), spws=(1,))
    assert "spw = '1'," in changed(theirs(), first(late, theirs()).content)[1]


def test_a_tsys_window_is_none_of_the_split_data():
    finding = found("flag-antenna", antennas=("DA41",), spws=(9,), item="tsys")
    assert changed(OURS, first(finding).content)[1] == block("antenna = 'DA41'")


def test_in_full_polarisation_all_products_of_a_receiver_are_flagged():
    windows = tuple(
        type(each)(each.number, each.n_channels, each.width_hz, ("XX", "XY", "YX", "YY"))
        for each in CONTEXT.windows
    )
    proposal = first(
        found("flag-pol", antennas=("DA41",), pols=("X",)), context=without(CONTEXT, windows=windows)
    )
    assert "correlation = 'XX,XY,YX'," in changed(OURS, proposal.content)[1]


@pytest.mark.parametrize(
    ("finding", "fields"),
    [
        (found("flag-between", antennas=("DA41",), scans=(4,)), {"scans": ()}),
        (found("flag-edges"), {"windows": ()}),
        (found("quack"), {"integration_s": 0.0}),
        (found("flag-channels", spws=(17,)), {}),
    ],
)
def test_what_is_not_known_is_left_to_a_person_in_words(finding, fields):
    proposal = first(finding, context=without(CONTEXT, **fields))
    assert not proposal.content
    assert proposal.todo
    assert not proposal.can_accept


def test_a_script_without_a_place_for_flags_is_left_to_a_person():
    proposal = first(found("flag-antenna", antennas=("DA41",)), OURS.replace("Initial flagging", "Something"))
    assert "no step" in proposal.todo
    assert not proposal.can_accept


def test_the_cost_is_said():
    assert first(found("flag-antenna", antennas=("DA41",))).cost == "25 % of the antennas, throughout"


@pytest.mark.parametrize(
    ("finding", "selected"),
    [
        (
            found("flag-tsys", item="tsys", antennas=("DA41",), spws=(9,), scans=(2, 5), pols=("X",)),
            ("datacolumn = 'FPARAM'", "correlation = 'Sol1'", "clipminmax = [0.0, 1e-30]"),
        ),
        (
            found("flag-tsys", item="tsys", antennas=("DA41",), spws=(9,), scans=(2, 5), pols=("Y",)),
            ("datacolumn = 'FPARAM'", "correlation = 'Sol2'", "clipminmax = [0.0, 1e-30]"),
        ),
        (found("flag-tsys", item="tsys", antennas=("DA41",), spws=(9,), scans=(2, 5)), ()),
    ],
)
def test_tsys_is_flagged_between_its_making_and_its_use(finding, selected):
    proposal = first(finding)
    lines = block(
        *selected,
        "antenna = 'DA41'",
        "spw = '9'",
        "scan = '2,5'",
        head=TSYS,
        mode="clip" if selected else "manual",
    )
    assert changed(OURS, proposal.content) == ([], lines)
    script = Script.parse(proposal.content)
    assert b"antenna = 'DA41'" in script.step_text(script.step_by_title("generation of the tsys"))
    assert first(finding, proposal.content).already


def test_the_other_polarisation_of_a_tsys_is_not_taken_for_flagged():
    x = found("flag-tsys", item="tsys", antennas=("DA41",), pols=("X",))
    y = found("flag-tsys", item="tsys", antennas=("DA41",), pols=("Y",))
    assert not first(y, first(x).content).already


def test_online_flags_are_applied_where_the_script_does_not():
    proposal = first(found("apply-online-flags"))
    assert changed(OURS, proposal.content)[1] == [
        f"flagcmd(vis = '{UID}.ms',",
        "inpmode = 'table',",
        "useapplied = True,",
        "action = 'apply',",
        "flagbackup = False)",
    ]
    assert first(found("apply-online-flags"), proposal.content).already


def test_online_flags_that_are_commented_out_are_commented_in():
    out = OURS.replace(
        "    autocorr = True,\n    flagbackup = False)\n",
        "    autocorr = True)\n\n  #flagcmd(vis = 'x.ms', action = 'apply')\n",
    )
    gone, came = changed(out, first(found("apply-online-flags"), out).content)
    assert (gone, came) == (
        ["#flagcmd(vis = 'x.ms', action = 'apply')"],
        ["flagcmd(vis = 'x.ms', action = 'apply')"],
    )


def test_a_finding_without_an_antenna_flags_none():
    for kind in ("flag-antenna", "flag-scan", "flag-between", "flag-pol", "flag-tsys", "wvrflag"):
        assert proposed(found(kind)) == ()
