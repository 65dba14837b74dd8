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
        ([Fact("telescope", equals="ALMA")], (False, "telescope is VLA")),
        ([Fact("mosaic", equals=True)], (False, "mosaic is false")),
        ([Fact("mosaic", equals=False)], (True, "")),
        ([Fact("n_ebs", at_least=2)], (True, "")),
        ([Fact("n_ebs", at_least=2.5)], (False, "n_ebs is 2")),
        ([Fact("n_ebs", at_most=1)], (False, "n_ebs is 2")),
        ([Fact("n_ebs", at_least=1, at_most=3)], (True, "")),
        ([Fact("band", equals=6)], (None, "band is not known")),
        ([Fact("array", equals="7m")], (None, "array is not known")),
        ([Fact("array", equals="7m"), Fact("n_ebs", at_least=9)], (False, "n_ebs is 2")),
        ([Fact("array", equals="7m"), Fact("n_ebs", equals=2)], (None, "array is not known")),
    ],
)
def test_a_condition_holds_or_says_why_not(when, answer):
    assert holds(VLA, when) == answer


@pytest.mark.parametrize("name", ["n_spws", "has_wvr"])
def test_a_value_that_a_fact_cannot_have_is_not_known(name):
    answer, reason = holds(VLA, [Fact(name, equals=1)])
    assert answer is None
    assert "is not a value it can have" in reason


def test_the_closed_lists_say_what_their_names_mean():
    assert all(kind.text for kind in FACTS.values())
    assert all(metric.text and metric.units for metric in METRICS.values())


def test_the_numbers_that_casa_computes_are_those_that_a_checklist_may_ask_for():
    from casapilot.steps.casa.metrics.measure import METRICS as computed

    assert set(computed) | {"flagged_percent", "flagged_change", "flag_growth_percent"} == set(METRICS)
