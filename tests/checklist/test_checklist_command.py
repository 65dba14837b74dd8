import json

import pytest
from casapilot.steps.checklist.load import load_checklist
from casapilot.steps.checklist.merge import SHIPPED
from casapilot.steps.checklist.model import Check, Item, Kind, Param, Reference
from casapilot.steps.checklist.render import condensed, guided, say_check
from casapilot.tui.cli import main
from checklist_strategies import SHORT


def test_a_checklist_in_order_ends_with_0_and_nothing_on_stdout(write, capsys):
    path = write(SHORT)
    assert main(["checklist", "check", str(path)]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"{path}: in order\n")


def test_each_problem_is_a_line_of_data_and_the_end_is_1(write, capsys):
    path = write(SHORT.replace("warn = 10", "warm = 10").replace("sign = true", "sign = 3"))
    assert main(["checklist", "check", str(path)]) == 1
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        f'{path}:36: unknown key "warm" in check. Did you mean "warn"?',
        f'{path}:45: "sign" must be true or false, not 3',
    ]
    assert err == f"{path}: 2 problems\n"


def test_the_known_issues_are_not_taken_for_a_checklist(capsys):
    assert main(["checklist", "check", str(SHIPPED / "known-issues.toml")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "not a checklist" in err and "casapilot watch" in err


def test_a_file_that_is_not_there_is_bad_usage_without_a_traceback(tmp_path, capsys):
    for action in ("check", "show"):
        assert main(["checklist", action, str(tmp_path / "none.toml")]) == 2
        assert "cannot be read" in capsys.readouterr().err


def test_a_checklist_is_shown_by_file_or_id(write, capsys):
    assert main(["checklist", "show", str(write(SHORT))]) == 0
    out = capsys.readouterr().out
    assert "Takes out the response of each antenna in frequency." in out
    assert "Before going on: Are the solutions smooth?" in out
    assert main(["checklist", "show", "vla-line", "--condensed"]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    assert main(["checklist", "show", "vla-lime"]) == 2
    assert 'Did you mean "vla-line"' in capsys.readouterr().err


def test_the_schema_is_data(capsys):
    assert main(["checklist", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["properties"]


def test_a_control_character_in_a_file_does_not_reach_the_terminal(write, capsys):
    for old, new in (('stepp = "', '"\\u001b[31m" = "'), ('kind = "manual"', 'kind = "\\u001b[31m"')):
        main(["checklist", "check", str(write(SHORT.replace(old.replace("stepp", "step"), new)))])
        out = capsys.readouterr().out
        assert "31m" in out and "\x1b" not in out


def test_an_item_in_one_line_fits(write):
    bandpass = load_checklist(write(SHORT)).item("bandpass")
    assert condensed(bandpass, id_width=10) == "bandpass    runs    Bandpass"
    long = Item("x", "word " * 40, "p", Kind.NOTE, minutes=2.5)
    assert len(condensed(long, 60)) == 60
    assert condensed(long, 60).endswith("...  2.5 min")


FULL = Item(
    "full", "Everything", "p", Kind.RUN,
    step="Every.*",
    why="First paragraph\nin two lines.\n\n- one\n- two",
    look_for=("this " * 20, "that"),
    instead="Do it again.",
    refs=(Reference("The book", "https://example.org"),),
    outputs=("{ms}.x",),
    params=(Param("solint", "float", 3.0, "s", help="Averaging time."),),
    check=(Check("n_rows", "{ms}", expect=5, within_percent=1, source="us", help="Import again."),),
    sign=True,
)  # fmt: skip


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_guided_view_holds_all_and_keeps_to_its_width(width):
    text = guided(FULL, width)
    assert max(map(len, text.splitlines())) <= width
    flat = " ".join(text.split())
    for words in (
        "First paragraph in two lines. - one - two",
        'Runs the step "Every.*"',
        "Look for - this this",
        "When it looks wrong Do it again.",
        "solint (float, s) = 3.0: Averaging time.",
        "n_rows of {ms}: 5 within 1 % (us). Import again.",
        "Makes - {ms}.x",
        "The book https://example.org",
        "A person signs it off.",
    ):
        assert words in flat


def test_thresholds_read_as_a_sentence():
    check = Check("image_rms_jy", "a.image", warn=0.002, fail=0.003, unit="Jy/beam")
    assert (
        say_check(check)
        == "image_rms_jy of a.image: look at it above 0.002 Jy/beam, failed above 0.003 Jy/beam"
    )
    check = Check("n_rows", "a.ms", fail=10, below=True)
    assert say_check(check) == "n_rows of a.ms: failed below 10"
