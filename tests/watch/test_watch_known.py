"""Known issues: ours hold what they promise, and a file of a site is read with care."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from casapilot.steps.errors import ChecklistError
from casapilot.steps.record.runs import Measured
from casapilot.steps.run.evidence import of_checks
from casapilot.steps.watch.known import KnownIssue, KnownIssues, Severity
from casapilot.steps.watch.known_read import load_known, load_readable, read_issues
from casapilot.steps.watch.lines import parse
from casapilot.steps.watch.patterns import Pattern, PatternError
from casapilot.steps.watch.watch import Watcher

CLEAN = Path(__file__).parent / "clean-run.txt"
OURS = load_known()


SPOKEN = [issue for issue in OURS.issues if issue.pattern]


@pytest.mark.parametrize("issue", SPOKEN, ids=lambda issue: issue.id)
def test_each_issue_is_found_in_its_own_examples_and_no_other_is(issue: KnownIssue) -> None:
    assert issue.examples and issue.cause and issue.cure and issue.source
    for example in issue.examples:
        watcher = Watcher(OURS)
        watcher.feed("log", example)
        assert dict(watcher.known_counts) == {issue.id: 1}


@pytest.mark.parametrize("issue", OURS.issues, ids=lambda issue: issue.id)
def test_each_example_is_a_line_of_the_level_it_is_said_at(issue: KnownIssue) -> None:
    for example in issue.examples:
        line = parse(example)
        assert (line.level if line else "TERMINAL") in (issue.level or ("WARN", "SEVERE", "TERMINAL"))


def test_there_are_enough_of_them_for_the_demo() -> None:
    assert len(OURS.issues) >= 25
    assert {issue.severity for issue in OURS.issues} == set(Severity)


def test_a_clean_run_has_harmless_issues_only() -> None:
    watcher = Watcher(OURS)
    for line in CLEAN.read_bytes().split(b"\n"):
        watcher.feed("log", line)
    assert watcher.untyped == 0 and watcher.lines == 495
    assert all(group.muted for group in watcher.warnings())
    assert dict(watcher.known_counts) == {
        "leap-second-table": 1,
        "clean-iterations": 1,
        "processor-table-empty": 1,
        "kernel-undersampled": 4,
        "beam-rounded": 4,
    }
    assert not watcher.quiet_failures
    assert [frame.ended for frame in watcher.tasks] == ["done"] * 16


ENTRY = """schema = 1
[[issue]]
id = "mine"
title = "t"
pattern = "something said"
severity = "warn"
cause = "c"
cure = "d"
because = "e"
"""


def refused(text: str, local: bool = False) -> ChecklistError:
    with pytest.raises(ChecklistError) as caught:
        read_issues(text, "known.toml", local=local)
    return caught.value


def test_an_unknown_key_names_its_line_and_the_nearest_key() -> None:
    error = refused(ENTRY.replace("severity", "severety"))
    assert (error.where, error.todo) == ("known.toml:6", "Did you mean 'severity'?")


def test_an_unknown_key_at_the_top_is_refused_too() -> None:
    error = refused(ENTRY.replace("[[issue]]", "[[issues]]"))
    assert (error.where, error.todo) == ("known.toml:2", "Did you mean 'issue'?")


@pytest.mark.parametrize(
    "old, new, line, said",
    [
        ('"warn"', '"wran"', 6, "severity is 'wran'"),
        ('"something said"', '"(something"', 5, "is not a regular expression"),
        ('"something said"', '"(something+)+"', 5, "a repeat inside a repeat"),
        ('"something said"', '"(something)? said?.*"', 5, "too vague"),
        ('"something said"', '".*"', 5, "matches every line"),
        ('"something said"', '"a.*b.*c.*d.*something"', 5, "too slow"),
        ('"something said"', "'(something)\\1'", 5, "too slow"),
        ('"mine"', '"Mine!"', 3, "lower-case"),
        ('cause = "c"\n', "", 3, "cause is missing"),
        ('title = "t"', "title = 3", 4, "must be a text"),
        ('title = "t"', 'title = "t"\nlevel = "LOUD"', 5, "level is 'LOUD'"),
        ('title = "t"', 'title = "t"\nmuted = "yes"', 5, "true or false"),
        ('title = "t"', 'title = "t', 4, "is not TOML"),
        ("schema = 1", "schema = 2", None, "schema"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(old: str, new: str, line: int | None, said: str) -> None:
    error = refused(ENTRY.replace(old, new))
    assert said in error.what
    assert error.where == ("known.toml" if line is None else f"known.toml:{line}")


def test_an_id_twice_is_refused_at_the_second() -> None:
    error = refused(ENTRY + ENTRY.partition("\n")[2])
    assert error.where == "known.toml:11" and "twice" in error.what


def test_a_local_entry_needs_because() -> None:
    text = ENTRY.replace('because = "e"', "")
    assert read_issues(text, "known.toml")[0].id == "mine"
    assert "because" in refused(text, local=True).what


def test_a_site_adds_an_issue_and_silences_one(tmp_path: Path) -> None:
    extra = tmp_path / "extra.toml"
    silenced = '[[issue]]\nid = "psf-blank"\nseverity = "ignore"\nbecause = "the edges of our cubes"\n'
    extra.write_text(ENTRY + silenced)
    known = load_known(extra)
    changed = known.get("psf-blank")
    assert changed is not None and changed.muted and changed.pattern == OURS.get("psf-blank").pattern  # type: ignore
    assert len(known.issues) == len(OURS.issues) + 1
    found = known.find("something said here", "WARN")
    assert found is not None and found.id == "mine"


def test_the_xdg_folder_of_the_person_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "casapilot").mkdir()
    (tmp_path / "casapilot" / "known-issues.toml").write_text(ENTRY)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert load_known().get("mine") is not None


def test_a_file_that_cannot_be_read_is_an_error_not_a_silence(tmp_path: Path) -> None:
    with pytest.raises(ChecklistError):
        load_known(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'title = "\xfc"')
    with pytest.raises(ChecklistError):
        load_known(tmp_path / "latin.toml")


def test_a_run_that_has_begun_leaves_a_broken_file_out_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "casapilot").mkdir()
    path = tmp_path / "casapilot" / "known-issues.toml"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for broken in (b"[[issue]", b"\xff", ENTRY.replace("something said", "(a+)+").encode()):
        path.write_bytes(broken)
        known, said = load_readable()
        assert known.issues == OURS.issues and len(said) == 1 and str(path) in said[0]
        with pytest.raises(ChecklistError):
            load_known()
    path.write_text(ENTRY)
    known, said = load_readable()
    assert known.get("mine") is not None and said == ()


def test_what_checks_mean_is_told_also_beside_a_broken_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "casapilot").mkdir()
    (tmp_path / "casapilot" / "known-issues.toml").write_text("[[issue]")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    check = Measured("wvr_disc_um", "x.ms.wvrgcal", 918.0, "um", "look", "DA49 918 um", 500.0)
    assert [each.known for each in of_checks([check])] == ["wvr-disc-large"]


def test_a_misspelt_id_is_told_the_nearest_one() -> None:
    text = '[[issue]]\nid = "psf-blnk"\nmuted = true\nbecause = "b"\n'
    with pytest.raises(ChecklistError) as caught:
        read_issues(text, "f", OURS.issues, local=True)
    assert "'psf-blank'" in caught.value.todo


def test_a_severity_given_anew_takes_the_mute_away() -> None:
    muted = KnownIssue("x", "t", Severity.IGNORE, "c", "d", "something", muted=True)
    (changed,) = read_issues(
        '[[issue]]\nid = "x"\nseverity = "fail"\nbecause = "b"\n', "f", [muted], local=True
    )
    assert not changed.muted and changed.severity is Severity.FAIL


@pytest.mark.parametrize(
    "pattern, words",
    [
        ("No output table", ("no output table",)),
        (r"(?:alphabet|gamma ray) burst", ("alphabet", "gamma ray")),
        (r"\d of \d{1,9} solutions", (" solutions",)),
        ("first one|second one", ("first one", "second one")),
        ("(?i)LOUD words", ("loud words",)),
    ],
)
def test_a_pattern_knows_the_words_it_needs(pattern: str, words: tuple[str, ...]) -> None:
    assert Pattern(pattern).words == words


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+something",
        "something.*a.*b",
        "aaaaa.{0,300}a.{0,300}zzzzz",
        "(?:a|b.*)*something",
        "(?:something|)",
        "a|something else",
        "x" * 4,
        "(something",
    ],
)
def test_a_pattern_that_could_stall_or_says_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        Pattern(pattern)


def test_case_is_looked_at_unless_the_pattern_says_otherwise() -> None:
    def one(pattern: str) -> KnownIssues:
        return KnownIssues.of([KnownIssue("x", "t", Severity.WARN, "c", "d", pattern)])

    assert one("loud words").find("LOUD WORDS", "WARN") is None
    assert one("(?i)loud words").find("LOUD WORDS", "WARN") is not None
    assert one("loud words").find("loud words", "INFO") is None


def test_the_catalogue_holds_no_control_character() -> None:
    text = (files("casapilot.checklists") / "known-issues.toml").read_text("utf-8")
    assert all(char.isprintable() or char == "\n" for char in text)
