import pytest
from casapilot.steps.checklist.freeze import freeze, load_frozen
from casapilot.steps.checklist.load import check_file, find_checklist, load_checklist
from casapilot.steps.checklist.write import to_toml
from casapilot.steps.errors import ChecklistError
from checklist_strategies import SHORT, checklists, relaxed_few
from hypothesis import given

LONG = SHORT.replace('id = "short"', 'id = "long"\ninclude = ["short"]')
for name in ("import", "bandpass", "look"):
    LONG = LONG.replace(f'id = "{name}"', f'id = "long-{name}"')
LONG = LONG.replace('id = "cal"', 'id = "image"').replace('phase = "cal"', 'phase = "image"')

SITE = """\
schema = 1

[checklist]
id = "short"

[[override]]
item = "bandpass"
because = "solutions are noisier here"
title = "Bandpass, smoothed"
look_for = []

[[item]]
id = "weather"
title = "Look at the weather"
phase = "cal"
kind = "manual"
"""


@pytest.fixture
def site(nobodys_configuration):
    """Put a file into the site's configuration."""

    def put(text, name="short.toml", who="site"):
        path = nobodys_configuration / who / "casapilot" / "checklists" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return put


def ids(checklist):
    return [item.id for item in checklist.items]


def test_what_is_included_comes_first(write, tmp_path):
    write(SHORT)
    checklist = load_checklist(write(LONG, "long.toml"))
    assert ids(checklist) == ["import", "bandpass", "look", "long-import", "long-bandpass", "long-look"]
    assert [phase.id for phase in checklist.phases] == ["cal", "image"]
    assert checklist.needs_of(checklist.item("long-import")) == ("bandpass",)
    assert [path.name for path in checklist.files] == ["long.toml", "short.toml"]


def test_what_is_included_is_also_found_in_the_search_folders(write, tmp_path):
    write(SHORT, "elsewhere/short.toml")
    path = write(LONG, "here/long.toml")
    assert len(load_checklist(path, search=[tmp_path / "elsewhere"]).items) == 6
    (problem,) = check_file(path)
    assert '"short" is not known' in problem.text
    assert problem.line == LONG[: LONG.index("include")].count("\n") + 1


def test_a_problem_in_what_is_included_names_that_file(write):
    included = write(SHORT.replace("warn = 10", "warm = 10"))
    (problem,) = check_file(write(LONG, "long.toml"))
    assert problem.path == included
    assert 'Did you mean "warn"' in str(problem)


def test_an_item_of_both_is_named_with_both_places(write):
    write(SHORT)
    (problem,) = check_file(write(LONG.replace("long-look", "look"), "long.toml"))
    assert "short.toml:" in problem.text and "[[override]]" in problem.todo


def test_a_circle_of_includes_ends(write):
    write(SHORT.replace('id = "short"', 'id = "short"\ninclude = ["long"]'))
    assert len(load_checklist(write(LONG, "long.toml")).items) == 6


def test_a_file_of_the_same_name_must_have_that_id(write):
    write(SHORT.replace('id = "short"', 'id = "shirt"'))
    (problem,) = check_file(write(LONG, "long.toml"))
    assert 'must be "short"' in problem.text


def test_a_checklist_may_override_what_it_includes(write):
    write(SHORT)
    override = '\n[[override]]\nitem = "bandpass"\nbecause = "faint"\nminutes = 3\n'
    assert load_checklist(write(LONG + override, "long.toml")).item("bandpass").minutes == 3.0


def test_the_site_overrides_and_adds(write, site):
    path = site(SITE)
    checklist = load_checklist(write(SHORT))
    assert checklist.item("bandpass").title == "Bandpass, smoothed"
    assert checklist.item("bandpass").look_for == ()
    assert checklist.item("bandpass").step == "Bandpass"
    assert ids(checklist)[-1] == "weather"
    assert path in checklist.files
    assert load_checklist(write(SHORT), overlays=()).item("bandpass").title == "Bandpass"


def test_the_person_has_the_last_word(write, site):
    site(SITE)
    mine = SITE[: SITE.index("[[item]]")].replace("smoothed", "mine")
    site(mine, who="person")
    assert load_checklist(write(SHORT)).item("bandpass").title == "Bandpass, mine"


def test_what_lies_over_an_included_checklist_counts_too(write, site):
    site(SITE)
    write(SHORT)
    checklist = load_checklist(write(LONG, "long.toml"))
    assert checklist.item("bandpass").title == "Bandpass, smoothed"
    assert ids(checklist)[3] == "weather"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('because = "solutions are noisier here"\n', "", 'no "because"'),
        ('because = "solutions are noisier here"', 'because = " "', "must say why"),
        ('item = "bandpass"', 'item = "bandpas"', 'Did you mean "bandpass"'),
        ("look_for = []", 'lok_for = ["x"]', 'Did you mean "look_for"'),
        ("look_for = []", 'id = "other"', 'unknown key "id"'),
        ("look_for = []", 'kind = "decision"', "items of kind"),
        ("look_for = []", "minutes = -1", "negative"),
        ('id = "weather"', 'id = "look"', "already in"),
        ('kind = "manual"', 'kind = "manual', "is not TOML"),
        ('id = "short"', 'id = "short"\ntitle = "x"', "id of a checklist that is already there"),
    ],
)
def test_a_mistake_in_what_lies_over_it_is_named_in_that_file(write, site, old, new, words):
    path = site(SITE.replace(old, new))
    with pytest.raises(ChecklistError) as caught:
        load_checklist(write(SHORT))
    assert words in str(caught.value)
    assert caught.value.where.startswith(f"{path}:")


def test_a_file_that_lies_over_another_is_checked_with_it(write, site, tmp_path):
    write(SHORT)
    overlay = write(SITE.replace("look_for", "lookfor"), "mine/short.toml")
    (problem,) = check_file(overlay, search=[tmp_path])
    assert problem.path == overlay and 'Did you mean "look_for"' in problem.todo


def test_a_file_that_lies_over_nothing_says_so(write):
    problem = check_file(write(SITE.replace('"short"', '"shrot"'), "shrot.toml"))[0]
    assert "the checklist of that id, which is not there" in problem.text
    assert problem.line == 3


def test_a_frozen_checklist_holds_everything_and_says_where_from(write, site, tmp_path):
    overlay = site(SITE)
    path = write(SHORT)
    write(LONG, "long.toml")
    folder = tmp_path / "mous" / ".casapilot" / "checklist"
    files = freeze(["long", "short"], folder, search=[tmp_path])
    loaded = load_checklist(tmp_path / "long.toml"), load_checklist(path)
    overlay.write_text("broken")
    path.unlink()
    assert load_frozen(folder, ["long", "short"]) == loaded
    assert [each.id for each in load_frozen(folder, ["short"])] == ["short", "long"]
    header = files[0].read_text().partition("schema")[0]
    assert f"#   {path}\n" in header
    assert f"#   bandpass: {overlay}: solutions are noisier here\n" in header


def test_freezing_again_gives_the_same_bytes(write, tmp_path):
    write(SHORT)
    (path,) = freeze(["short"], tmp_path / "frozen", search=[tmp_path])
    content = path.read_bytes()
    freeze(["short"], tmp_path / "frozen", search=[tmp_path])
    assert path.read_bytes() == content
    assert [each.name for each in path.parent.iterdir()] == ["short.toml"]


def test_nothing_is_frozen_when_one_is_wrong(write, tmp_path):
    write(SHORT)
    write(LONG.replace("warn = 10", "warm = 10"), "long.toml")
    with pytest.raises(ChecklistError):
        freeze(["short", "long"], tmp_path / "frozen", search=[tmp_path])
    assert not (tmp_path / "frozen").exists()


@relaxed_few
@given(checklists())
def test_any_checklist_frozen_and_loaded_is_the_same(tmp_path_factory, checklist):
    folder = tmp_path_factory.mktemp("freeze")
    (folder / f"{checklist.id}.toml").write_text(to_toml(checklist), encoding="utf-8")
    freeze([checklist.id], folder / "frozen", search=[folder])
    assert load_frozen(folder / "frozen") == (checklist,)


def test_every_shipped_checklist_is_in_order():
    folder = find_checklist("vla-line").parent
    shipped = [path for path in folder.glob("*.toml") if path.stem not in ("known-issues", "causes")]
    assert shipped
    for path in shipped:
        assert [str(problem) for problem in check_file(path)] == []
