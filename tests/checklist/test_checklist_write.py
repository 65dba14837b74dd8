from casapilot.steps.checklist.load import check_file, load_checklist
from casapilot.steps.checklist.toml import loads
from casapilot.steps.checklist.write import quote, to_toml
from checklist_strategies import checklists, relaxed, texts
from hypothesis import given
from hypothesis import strategies as st


@given(texts | st.text(st.sampled_from('"\\\na')))
def test_any_text_survives_being_quoted(text):
    assert loads(f"key = {quote(text)}") == {"key": text}


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"])))
def test_control_characters_are_escaped(text):
    quoted = quote(text)
    assert loads(f"key = {quoted}") == {"key": text}
    assert "\x1b" not in quoted


@relaxed
@given(checklists())
def test_any_checklist_written_and_read_is_the_same(tmp_path_factory, checklist):
    path = tmp_path_factory.mktemp("written") / "any.toml"
    path.write_text(to_toml(checklist), encoding="utf-8")
    assert check_file(path) == []
    assert load_checklist(path) == checklist
    assert to_toml(load_checklist(path)) == to_toml(checklist)
