import pytest
from casapilot.steps.checklist.facts import FACTS, holds
from casapilot.steps.checklist.metrics import METRICS
from casapilot.steps.checklist.model import Fact

VLA = {"telescope": "VLA", "n_ebs": 2, "mosaic": False, "band": None, "n_spws": "many", "has_wvr": 1}


@pytest.mark.parametrize(
    ("when", "answer"),
    [
        ([], (True, "")),
        ([Fact("telescope", equals="VLA")], (True, "")),
        ([Fact("telescope", equals="ALMA")], (False, "the telescope is VLA")),
        ([Fact("mosaic", equals=True)], (False, "each science source has one pointing")),
        ([Fact("mosaic", equals=False)], (True, "")),
        ([Fact("n_ebs", at_least=2)], (True, "")),
        ([Fact("n_ebs", at_least=2.5)], (False, "the number of execution blocks is 2")),
        ([Fact("n_ebs", at_most=1)], (False, "the number of execution blocks is 2")),
        ([Fact("n_ebs", at_least=1, at_most=3)], (True, "")),
        ([Fact("band", equals=6)], (None, "the ALMA receiver band is not known")),
        ([Fact("array", equals="7m")], (None, "the ALMA array is not known")),
        (
            [Fact("array", equals="7m"), Fact("n_ebs", at_least=9)],
            (False, "the number of execution blocks is 2"),
        ),
        (
            [Fact("has_tsys", equals=True)],
            (None, "it is not known whether system temperatures were measured"),
        ),
        ([Fact("array", equals="7m"), Fact("n_ebs", equals=2)], (None, "the ALMA array is not known")),
    ],
)
def test_a_condition_holds_or_says_why_not(when, answer):
    assert holds(VLA, when) == answer


@pytest.mark.parametrize("name", ["n_spws", "has_wvr"])
def test_a_value_that_a_fact_cannot_have_is_not_known(name):
    answer, reason = holds(VLA, [Fact(name, equals=1)])
    assert answer is None
    assert "is not a value it can have" in reason


@pytest.mark.parametrize("name", FACTS)
def test_no_reason_names_a_fact_as_the_file_does(name):
    value = {int: 3, str: "x", bool: True}[FACTS[name].type]
    reasons = [holds({name: given}, [Fact(name, equals=value)])[1] for given in (None, not value, "other")]
    assert all(reasons) and not [each for each in reasons if "_" in each or each.startswith(f"{name} ")]


def test_the_closed_lists_say_what_their_names_mean():
    assert all(kind.text for kind in FACTS.values())
    assert all(metric.text and metric.units for metric in METRICS.values())


def test_the_numbers_that_casa_computes_are_those_that_a_checklist_may_ask_for():
    from casapilot.steps.casa.metrics.measure import METRICS as computed

    assert set(computed) | {"flagged_percent", "flagged_change", "flag_growth_percent"} == set(METRICS)
