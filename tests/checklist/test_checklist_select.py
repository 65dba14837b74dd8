import pytest
from casapilot.steps.checklist.model import Checklist, Item, Key, Kind, Per
from casapilot.steps.checklist.select import expand, pick
from casapilot.steps.errors import UsageError
from checklist_strategies import checklists, relaxed
from hypothesis import given
from hypothesis import strategies as st


def item(name, title, per=Per.EB):
    return Item(name, title, "p", Kind.RUN, per=per)


CAL = Checklist(
    "cal", "", "", "", "",
    items=(
        item("import", "Import of the data"),
        item("bandpass", "Bandpass"),
        item("bandwidth", "Bandwidth smearing"),
        item("combine", "Combination", Per.MOUS),
    ),
)  # fmt: skip
IMAGE = Checklist(
    "image", "", "", "", "", items=(item("import", "Fetch", Per.MOUS), item("cube", "Cube", Per.MOUS))
)
BOTH = (CAL, IMAGE)
KEYS = expand(BOTH, ["X1", "X2"])


def names(keys):
    return [str(key) for key in keys]


def test_each_eb_is_gone_through_before_the_whole():
    assert names(KEYS) == [
        "cal/import@X1", "cal/bandpass@X1", "cal/bandwidth@X1",
        "cal/import@X2", "cal/bandpass@X2", "cal/bandwidth@X2",
        "cal/combine", "image/import", "image/cube",
    ]  # fmt: skip


def test_what_stands_at_the_top_for_the_whole_comes_before_the_ebs():
    items = (item("assign", "Assignment", Per.MOUS), *CAL.items)
    keys = expand([Checklist("cal", "", "", "", "", items=items)], ["X1", "X2"])
    assert names(keys) == ["cal/assign", *names(KEYS[:-2])]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("bandpass", ["cal/bandpass@X1", "cal/bandpass@X2"]),
        ("cal/import", ["cal/import@X1", "cal/import@X2"]),
        ("bandpass@X2", ["cal/bandpass@X2"]),
        ("cal/bandpass@X2", ["cal/bandpass@X2"]),
        ("BANDPASS", ["cal/bandpass@X1", "cal/bandpass@X2"]),
        ("bandwidth SMEARING", ["cal/bandwidth@X1", "cal/bandwidth@X2"]),
        ("comb", ["cal/combine"]),
        ("image/cu", ["image/cube"]),
        ("import of", ["cal/import@X1", "cal/import@X2"]),
        ("fetch", ["image/import"]),
    ],
)
def test_a_name_means_its_item(name, meant):
    assert names(pick(KEYS, [name], BOTH)) == meant


@pytest.mark.parametrize(
    ("name", "todo"),
    [
        ("import", "Name one: cal/import, image/import."),
        ("band", "Name one: cal/bandpass, cal/bandwidth."),
        ("bandpss", 'Did you mean "bandpass"?'),
        ("bandpass@X3", "Known are: X1, X2."),
        ("", "Known are:"),
    ],
)
def test_a_name_that_means_none_or_several_says_which_there_are(name, todo):
    with pytest.raises(UsageError) as caught:
        pick(KEYS, [name], BOTH)
    assert caught.value.todo.startswith(todo)


def test_several_names_come_in_the_order_of_the_list_and_once():
    meant = pick(KEYS, ["cube", "bandpass", "bandpass@X1"], BOTH)
    assert names(meant) == ["cal/bandpass@X1", "cal/bandpass@X2", "image/cube"]


def test_one_eb_leaves_out_the_others_and_the_whole():
    assert names(pick(KEYS, [], BOTH, eb="X2")) == ["cal/import@X2", "cal/bandpass@X2", "cal/bandwidth@X2"]
    with pytest.raises(UsageError, match="no EB 'X9'"):
        pick(KEYS, [], BOTH, eb="X9")


def test_a_range_is_between_its_items_in_each_eb():
    meant = pick(KEYS, [], BOTH, start="bandpass", stop="combine")
    assert names(meant) == [
        "cal/bandpass@X1", "cal/bandwidth@X1", "cal/bandpass@X2", "cal/bandwidth@X2", "cal/combine",
    ]  # fmt: skip
    assert names(pick(KEYS, [], BOTH, start="cube")) == ["image/cube"]
    assert names(pick(KEYS, [], BOTH, stop="cal/import")) == ["cal/import@X1", "cal/import@X2"]
    assert names(pick(KEYS, [], BOTH, stop="cal/import@X2")) == ["cal/import@X2"]


def test_a_range_backwards_or_with_names_is_refused():
    with pytest.raises(UsageError, match="comes after"):
        pick(KEYS, [], BOTH, start="cube", stop="bandpass")
    with pytest.raises(UsageError, match="not together"):
        pick(KEYS, ["cube"], BOTH, start="bandpass")


def test_no_name_and_no_range_is_all():
    assert pick(KEYS, [], BOTH) == KEYS


@relaxed
@given(checklists(), st.lists(st.sampled_from(["X1", "X2", "X3"]), unique=True, min_size=1))
def test_every_line_is_found_by_its_own_name(checklist, ebs):
    keys = expand([checklist], ebs)
    assert len(set(keys)) == len(keys)
    for key in keys:
        assert pick(keys, [str(key)], [checklist]) == (key,)
        assert Key.parse(str(key)) == key
