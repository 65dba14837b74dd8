"""Checklists that tests share: one written by hand, and any that hypothesis can think of."""

from __future__ import annotations

from casapilot.steps.checklist.facts import FACTS
from casapilot.steps.checklist.metrics import METRICS
from casapilot.steps.checklist.model import (
    Check,
    Checklist,
    Fact,
    Item,
    Kind,
    Param,
    Per,
    Phase,
    Reference,
)
from casapilot.steps.checklist.words import wrong_word
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

#: On a busy machine hypothesis may be as slow as it likes.
relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
#: The same, for tests that write files.
relaxed_few = settings(relaxed, max_examples=40)

SHORT = """\
schema = 1

[checklist]
id = "short"
title = "A short one"
version = "1.0"
date = 2026-11-22
owner = "tests"

[[phase]]
id = "cal"
title = "Calibration"
pause = "Are the solutions smooth?"

[[item]]
id = "import"
title = "Import of the data"
phase = "cal"
kind = "run"
step = "Import"
outputs = ["{ms}"]

[[item]]
id = "bandpass"
title = "Bandpass"
phase = "cal"
kind = "run"
step = "Bandpass"
why = \"\"\"
Takes out the response of each antenna
in frequency.\"\"\"
look_for = ["a flat phase"]

  [[item.check]]
  metric = "flagged_percent"
  warn = 10
  fail = 50
  unit = "%"

[[item]]
id = "look"
title = "Look at the solutions"
phase = "cal"
kind = "manual"
sign = true
"""

texts = (
    st.lists(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])
        | st.sampled_from(["\n", "\t", '"', "\\", "{ms}", "{site.ticket}", "{goal.rms}"])
    )
    .map("".join)
    .filter(lambda text: wrong_word(text) is None)
)
lines = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1).filter(str.strip)
ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,9}", fullmatch=True)
numbers = st.floats(allow_nan=False, allow_infinity=False)
names = st.sampled_from(["{ms}", "{eb}.tbl", "*.G?", "calib/{mous}.fits", "a b"])


@st.composite
def facts(draw):
    name = draw(st.sampled_from(sorted(FACTS)))
    kind = FACTS[name]
    if kind.type is bool:
        return Fact(name, equals=draw(st.booleans()))
    if kind.type is str:
        return Fact(name, equals=draw(st.sampled_from(kind.choices) if kind.choices else texts))
    return Fact(name, at_least=draw(st.none() | numbers), at_most=draw(numbers))


@st.composite
def checks(draw):
    name = draw(st.sampled_from(sorted(METRICS)))
    warn, fail = sorted((draw(numbers), draw(numbers)))
    below = draw(st.booleans())
    expect = draw(st.none() | numbers.filter(bool))
    return Check(
        metric=name,
        of=draw(names),
        warn=fail if below else warn,
        fail=warn if below else fail,
        below=below,
        expect=expect,
        within_percent=None if expect is None else draw(st.floats(0.01, 100)),
        unit=draw(st.sampled_from(METRICS[name].units)),
        source=draw(texts),
        help=draw(texts),
    )


def params():
    plain = st.booleans() | st.integers(-(2**63), 2**63 - 1) | numbers | texts
    return st.one_of(
        st.builds(Param, ids, st.just("str"), texts, unit=texts, help=texts),
        st.builds(Param, ids, st.just("float"), st.none() | numbers),
        st.builds(Param, ids, st.just("list"), st.lists(plain, max_size=3)),
        st.builds(Param, ids, st.just("str"), st.just("a"), choices=st.just(("a", "b"))),
    )


def tuples(values, size=3):
    return st.lists(values, max_size=size).map(tuple)


@st.composite
def items(draw, name, phase, kind, earlier):
    run, decision = kind is Kind.RUN, kind is Kind.DECISION
    computes = run or kind is Kind.CHECK
    needs = st.none() | st.lists(st.sampled_from(earlier), unique=True).map(tuple) if earlier else st.none()
    whole = run and draw(st.booleans())
    return Item(
        id=name,
        title=draw(lines),
        phase=phase,
        kind=kind,
        step=draw(st.sampled_from(["Bandpass", r"^Split\b", r"flags \(a priori\)"]))
        if run and not whole
        else "",
        whole=whole,
        optional=run and not whole and draw(st.booleans()),
        per=draw(st.sampled_from([Per.MOUS, Per.SOURCE])) if draw(st.booleans()) and not earlier else Per.EB,
        needs=draw(needs),
        when=draw(tuples(facts())),
        why=draw(texts),
        look_for=draw(tuples(texts)),
        instead=draw(texts),
        refs=draw(tuples(st.builds(Reference, texts, texts))),
        minutes=draw(st.none() | st.floats(0, 1000)),
        outputs=draw(tuples(names)) if run else (),
        params=draw(tuples(params())) if run else (),
        check=draw(st.lists(checks(), min_size=0 if run else 1, max_size=3).map(tuple)) if computes else (),
        choices=("keep", draw(texts) + "2") if decision else (),
        sign=draw(st.booleans()),
    )


@st.composite
def checklists(draw, min_items=1):
    """Any valid checklist."""
    phase_ids = draw(st.lists(ids, min_size=1, max_size=3, unique=True))
    item_ids = draw(st.lists(ids, min_size=min_items, max_size=6, unique=True))
    made: list[Item] = []
    for name in item_ids:
        phase, kind = draw(st.sampled_from(phase_ids)), draw(st.sampled_from(list(Kind)))
        whole = any(item.per is not Per.EB for item in made)
        item = draw(items(name, phase, kind, [] if whole else [each.id for each in made]))
        made.append(item if not whole else Item(name, item.title, phase, Kind.NOTE, per=Per.MOUS))
    return Checklist(
        id=draw(ids),
        title=draw(lines),
        version=draw(lines),
        date=draw(st.dates().map(str)),
        owner=draw(lines),
        phases=tuple(Phase(each, draw(lines), draw(texts), draw(tuples(texts))) for each in phase_ids),
        items=tuple(made),
    )
