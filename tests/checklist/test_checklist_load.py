import re

import pytest
from casapilot.steps.checklist.load import check_file, find_checklist, load_checklist
from casapilot.steps.checklist.model import Kind
from casapilot.steps.checklist.write import to_toml
from casapilot.steps.errors import ChecklistError
from checklist_strategies import SHORT, checklists, relaxed
from hypothesis import given, settings
from hypothesis import strategies as st


def problem_of(write, text):
    """The one problem of `text`."""
    (problem,) = check_file(write(text))
    return problem


def test_a_checklist_is_read(write):
    checklist = load_checklist(write(SHORT))
    assert [item.id for item in checklist.items] == ["import", "bandpass", "look"]
    assert checklist.date == "2026-11-22"
    assert checklist.item("look").kind is Kind.MANUAL
    assert checklist.item("bandpass").check[0].fail == 50.0
    assert checklist.needs_of(checklist.item("look")) == ("bandpass",)


def line_with(text, words):
    """Number of the only line of `text` that holds `words`."""
    assert text.count(words) == 1
    return text[: text.index(words)].count("\n") + 1 + words.startswith("\n")


#: What to replace in SHORT, by what; words of the problem; words of its line (^: of the line after).
MISTAKES = [
    ('step = "Bandpass"', 'stepp = "Bandpass"', 'Did you mean "step"', "stepp"),
    ("warn = 10", "warm = 10", 'Did you mean "warn"', "warm"),
    ("pause =", "paus =", 'Did you mean "pause"', "paus ="),
    ("owner =", "owners =", 'Did you mean "owner"', "owners"),
    ("schema = 1", "schema = 2", "schema = 1", "schema = 2"),
    ("schema = 1", 'schema = "1"', "schema = 1", "schema ="),
    ('kind = "manual"', 'kind = "manul"', "must be one of run, check", "manul"),
    ('kind = "manual"', "kind = 3", "must be one of run, check", "kind = 3"),
    ('step = "Bandpass"', 'step = "Band(pass"', "regular expression", "Band(pass"),
    ('step = "Bandpass"', 'step = ".*"', "matches every title", '".*"'),
    ('metric = "flagged_percent"', 'metric = "flaged_percent"', 'Did you mean "flagged_percent"', "flaged"),
    ('unit = "%"', 'unit = "Jy"', "flagged_percent is in", '"Jy"'),
    ("warn = 10", "warn = 90", "fail before it warns", "warn = 90"),
    ("warn = 10", "warn = nan", "finite", "warn = nan"),
    ("warn = 10", 'warn = "10"', "must be a number", 'warn = "10"'),
    ("warn = 10", "warn = true", "must be a number", "warn = true"),
    ("warn = 10\n  fail = 50", "expect = 10", "go together", "[[item.check]]"),
    ("warn = 10\n  fail = 50", "", "no threshold", "[[item.check]]"),
    ("warn = 10\n  fail = 50", "expect = 0\nwithin_percent = 1", "percentage of 0", "expect = 0"),
    ("sign = true", 'sign = "yes"', "true or false", "sign ="),
    ('look_for = ["a flat phase"]', 'look_for = "a flat phase"', "list of strings", "look_for"),
    ('outputs = ["{ms}"]', 'outputs = ["/etc/passwd"]', "not a path from the EB", "outputs"),
    ('outputs = ["{ms}"]', 'outputs = ["a/../../b"]', "leaves the EB", "outputs"),
    ('outputs = ["{ms}"]', 'outputs = ["{ms.__class__}"]', "not a placeholder", "outputs"),
    ('outputs = ["{ms}"]', 'outputs = ["{0}"]', "not a placeholder", "outputs"),
    ('outputs = ["{ms}"]', 'outputs = ["{ms"]', "brace stands alone", "outputs"),
    ("sign = true", 'outputs = ["x"]', 'items of kind "run"', 'outputs = ["x"]'),
    ("sign = true", 'step = "x"', 'items of kind "run"', 'step = "x"'),
    ("sign = true", 'choices = ["a", "b"]', 'items of kind "decision"', "choices"),
    ('kind = "manual"', 'kind = "decision"', 'needs "choices"', '^id = "look"'),
    ('kind = "manual"', 'kind = "check"', "needs a check", '^id = "look"'),
    ('id = "look"', 'id = "bandpass"', "already in line", None),
    ('id = "look"', 'id = "look at/it"', "not a short name", "look at/it"),
    ("sign = true", 'needs = ["banpdass"]', 'Did you mean "bandpass"', "banpdass"),
    ("sign = true", 'needs = ["look"]', "circle: look needs look", "needs = "),
    ("sign = true", 'phase = "x"', "Cannot overwrite a value", None),
    ("sign = true", 'when = [{ fact = "telescop", equals = "VLA" }]', 'Did you mean "telescope"', "when"),
    ("sign = true", 'when = [{ fact = "mosaic", equals = "yes" }]', "true or false", "when"),
    ("sign = true", 'when = [{ fact = "mosaic", at_least = 1 }]', "no size", "when"),
    ("sign = true", 'when = [{ fact = "array", equals = "12" }]', "12m", "when"),
    ("sign = true", 'when = [{ fact = "band" }]', "says nothing", "when"),
    ("sign = true", "minutes = -1", "negative", "minutes"),
    ("sign = true", "title2 = 1", 'Did you mean "title"', "title2"),
    ("sign = true", "[item.check]", "list of tables", "\n[item.check]"),
    ("sign = true", "sign = true\n[[items]]", 'Did you mean "item"', "[[items]]"),
    ("[[phase]]", "[phase]", "[[phase]]", "[phase]"),
    ('title = "Calibration"', 'title = ""', "one line", 'title = ""'),
    ('owner = "tests"', 'owner = "a\\u001b[31m"', "control characters", "owner"),
    ('owner = "tests"\n', "", 'no "owner"', "[checklist]"),
    ('phase = "cal"\nkind = "manual"', 'phase = "kal"\nkind = "manual"', 'Did you mean "cal"', "kal"),
    ('title = "A short one"', "title = [", "is not TOML", None),
]


@pytest.mark.parametrize(("old", "new", "words", "place"), MISTAKES, ids=[each[1] for each in MISTAKES])
def test_a_mistake_is_named_with_its_line_and_what_to_do(write, old, new, words, place):
    text = SHORT.replace(old, new)
    assert text != SHORT
    problems = check_file(write(text))
    assert words in str(problems[0]).replace("\\", "")
    if place is not None:
        header = place.startswith("^")
        assert problems[0].line == line_with(text, place.lstrip("^")) - header


def test_the_line_is_right_in_repeated_tables(write):
    text = SHORT.replace('[[item]]\nid = "look"', '[[item]]\nwhyy = "x"\nid = "look"')
    problem = problem_of(write, text)
    assert problem.line == line_with(text, "whyy")
    assert problem.key == "item.2.whyy"


def test_all_problems_are_listed_and_the_error_counts_them(write):
    text = SHORT.replace("warn = 10", "warm = 10").replace("sign = true", "sign = 3").replace("owner", "czar")
    path = write(text)
    problems = check_file(path)
    assert [problem.line for problem in problems] == [
        3,
        line_with(text, "czar"),
        line_with(text, "warm"),
        line_with(text, "sign"),
    ]
    with pytest.raises(ChecklistError, match="3 more problems") as caught:
        load_checklist(path)
    assert caught.value.where == f"{path}:3"


def test_one_mistake_gives_one_problem(write):
    """What follows from a mistake is not another one."""
    for old, new in (('step = "Bandpass"', "step = 3"), ('kind = "manual"', 'kind = "x"')):
        problem_of(write, SHORT.replace(old, new))


def test_needs_in_a_circle_are_named_in_order(write):
    text = SHORT.replace('outputs = ["{ms}"]', 'needs = ["look"]')
    problem = problem_of(write, text)
    assert problem.text == '"needs" goes in a circle: import needs look needs bandpass needs import'
    assert problem.line == line_with(text, "needs")


def test_items_of_an_eb_cannot_wait_for_the_whole_mous(write):
    text = SHORT.replace('outputs = ["{ms}"]', 'per = "mous"')
    problem = problem_of(write, text)
    assert 'cannot need "import"' in problem.text
    assert problem.line == line_with(text, 'id = "bandpass"') - 1


def test_broken_toml_names_the_parsers_line(write):
    text = SHORT.replace('title = "A short one"', 'title = "A short one')
    problem = problem_of(write, text)
    assert problem.line == line_with(text, '"A short one')
    assert "is not TOML" in problem.text


def test_an_end_too_early_is_at_the_last_line(write):
    assert problem_of(write, SHORT + 'x = """\nunclosed\n').line == len(SHORT.splitlines()) + 2


def test_text_that_is_not_utf8_names_its_line(tmp_path):
    path = tmp_path / "latin.toml"
    path.write_bytes(SHORT.encode().replace(b'"tests"', b'"J\xfcrgen"'))
    (problem,) = check_file(path)
    assert problem.line == line_with(SHORT, "owner")
    assert "UTF-8" in problem.text


def test_a_byte_order_mark_and_crlf_do_no_harm(tmp_path, write):
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SHORT.replace("\n", "\r\n").encode())
    assert load_checklist(path) == load_checklist(write(SHORT))


def test_a_file_that_is_not_there_says_so(tmp_path):
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(ChecklistError, match="cannot be read"):
            check_file(path)


def test_a_checklist_that_does_not_exist_names_the_nearest(tmp_path, write):
    write(SHORT)
    assert find_checklist("short", search=[tmp_path]).name == "short.toml"
    with pytest.raises(ChecklistError) as caught:
        find_checklist("shrt", search=[tmp_path])
    assert caught.value.todo == 'Did you mean "short"?'
    with pytest.raises(ChecklistError):
        find_checklist("../short", search=[tmp_path])


@relaxed
@given(checklists(), st.data())
def test_a_misspelt_key_anywhere_is_named_with_its_line(tmp_path_factory, checklist, data):
    lines = to_toml(checklist).splitlines()
    inside = False
    places = []
    for number, line in enumerate(lines):
        if not inside and (match := re.match(r"([a-z_]{4,}) = ", line)):
            places.append((number, match[1]))
        inside ^= line.count('"""') % 2 == 1
    number, key = data.draw(st.sampled_from(places))
    position = data.draw(st.integers(1, len(key)))
    misspelt = key[:position] + "z" + key[position:]
    lines[number] = lines[number].replace(key, misspelt, 1)
    path = tmp_path_factory.mktemp("misspelt") / "any.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    named = [each for each in check_file(path) if misspelt in each.text]
    assert [(each.line, each.todo) for each in named] == [(number + 1, f'Did you mean "{key}"?')]


@relaxed
@given(checklists(), st.data())
def test_an_unknown_key_put_anywhere_is_the_one_problem(tmp_path_factory, checklist, data):
    lines = to_toml(checklist).splitlines()
    inside = False
    headers = []
    for number, line in enumerate(lines):
        if not inside and line.startswith("["):
            headers.append(number)
        inside ^= line.count('"""') % 2 == 1
    number = data.draw(st.sampled_from([each for each in headers if lines[each][:2] in ("[[", "[c")]))
    lines.insert(number + 1, "frobnicate = 1")
    path = tmp_path_factory.mktemp("unknown") / "any.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    (problem,) = check_file(path)
    assert (problem.line, "frobnicate" in problem.text) == (number + 2, True)
    assert problem.todo.startswith("Known are: ")


def load_quietly(path):
    """Load, taking ChecklistError for an answer and nothing else."""
    try:
        load_checklist(path)
    except ChecklistError as error:
        assert error.where.startswith(str(path))
        assert error.what


@settings(relaxed, max_examples=300)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_load_or_are_refused_with_reason(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "bytes.toml"
    path.write_bytes(content)
    load_quietly(path)


VALUES = st.sampled_from(
    [
        "1", "0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "1e999", "nan", "true", '"x"', "[]", "[[]]", "[1]", "{}",
        "[{}]", "{ id = 1 }", "2026-11-22", "07:32:00", "2026-11-22T07:32:00Z", '"\\u0000"', '"("',
        "0x" + "F" * 5000,
    ]
)  # fmt: skip


@settings(relaxed, max_examples=500)
@given(st.data())
def test_any_value_anywhere_loads_or_is_refused_with_reason(tmp_path_factory, data):
    lines = SHORT.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        number = data.draw(st.integers(0, len(lines) - 1))
        change = data.draw(st.sampled_from(["value", "drop", "double", "header"]))
        if change == "value" and " = " in lines[number]:
            lines[number] = f"{lines[number].split(' = ')[0]} = {data.draw(VALUES)}"
        elif change == "header":
            lines[number] = data.draw(
                st.sampled_from(["[item]", "[[checklist]]", "[[phase]]", "[[item.when]]"])
            )
        else:
            lines[number : number + 1] = [lines[number]] * (2 if change == "double" else 0)
            lines = lines or [""]
    path = tmp_path_factory.getbasetemp() / "values.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    load_quietly(path)


def test_a_file_nested_a_hundred_thousand_deep_is_refused(write):
    assert "nested" in problem_of(write, "a = " + "[" * 100_000).text
