"""Rules are written one way in flags and in tuner.toml, and what cannot be meant is refused with advice."""

import pytest

from tuner.gate import Metric, Rule, Severity, Threshold, read_assignments, read_rules


def only(rules):
    (rule,) = rules.rules
    return rule


@pytest.mark.parametrize(
    ("name", "text", "threshold"),
    [
        ("cost", "10%", Threshold(0.10)),
        ("cost", "+10%", Threshold(0.10)),
        ("p95", "10% and 5ms", Threshold(0.10, 5.0)),
        ("p95", "+5ms and +10%", Threshold(0.10, 5.0)),
        ("p50", "1.5s", Threshold(None, 1500.0)),
        ("cost", "5% and $0.20", Threshold(0.05, 0.20)),
        ("init", "20% and 50ms", Threshold(0.20, 50.0)),
        ("max_memory", "16MB", Threshold(None, 16.0)),
        ("max_memory", "10% and 1GB", Threshold(0.10, 1024.0)),
    ],
)
def test_a_threshold_is_a_percentage_an_amount_or_both(name, text, threshold):
    found = only(read_rules(fail={name: text}, warn={}))
    assert Rule(Metric(name), Severity.FAIL, threshold=threshold) == found


@pytest.mark.parametrize(
    ("name", "text", "limit"),
    [("cost", "$4.00", 4.0), ("p95", "800ms", 800.0), ("init", "1s", 1000.0), ("max_memory", "400MB", 400.0)],
)
def test_a_budget_is_an_amount(name, text, limit):
    found = only(read_rules(fail={}, warn={}, budget={name: text}))
    assert Rule(Metric(name), Severity.BUDGET, limit=limit) == found


@pytest.mark.parametrize(
    ("table", "advice"),
    [
        ({"fail": {"p90": "10%"}}, "did you mean p95 or p50"),
        ({"fail": {"cost": "10"}}, r"write 10%, \$0.50 or '10% and \$0.50'"),
        ({"fail": {"p95": 10}}, "write 10%, 20ms or '10% and 20ms'"),
        ({"fail": {"p95": "10%+5ms"}}, "write 10%, 20ms or '10% and 20ms'"),
        ({"fail": {"p95": "10% and 20%"}}, "write 10%, 20ms or '10% and 20ms'"),
        ({"fail": {"p95": "10% and 64MB"}}, "write 800ms, 1.2s or 3m"),
        ({"fail": {"p95": "0%"}}, "above zero"),
        ({"budget": {"p95": 800}}, "write '20ms'"),
        ({"budget": {"max_memory": "400"}}, "write 64MB or 1GB"),
        ({"budget": {"cost": "4"}}, r"write \$0.50"),
        ({"budget": {"cost": "$0"}}, "above zero"),
        ({"fail": {}}, "no rule could fail"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_write(table, advice):
    with pytest.raises(ValueError, match=advice):
        read_rules(**table)


def test_the_usual_rules_watch_cost_and_the_median_and_warn_of_the_rest():
    rules = read_rules().rules
    assert ["cost", "p50"] == [str(r.metric) for r in rules if r.severity is Severity.FAIL]
    assert ["p95", "init", "max_memory"] == [str(r.metric) for r in rules if r.severity is Severity.WARN]


def test_rules_that_are_given_replace_the_usual_ones_of_their_kind_only():
    rules = read_rules(fail={"p95": "5%"})
    assert ["p95"] == [str(r.metric) for r in rules.deciding]
    assert 3 == len(rules.rules) - len(rules.deciding)


def test_flags_become_the_same_table():
    assert {"cost": "5%", "p95": "10% and 5ms"} == read_assignments(["cost=5%", "p95 = 10% and 5ms"])


@pytest.mark.parametrize("texts", [["cost"], ["=5%"], ["cost="], ["cost=5%", "cost=$1"]])
def test_a_flag_that_is_no_rule_is_refused(texts):
    with pytest.raises(ValueError, match=r"is not a rule|is given twice"):
        read_assignments(texts)


@pytest.mark.parametrize(
    ("threshold", "baseline", "allowed"),
    [
        (Threshold(0.10, 5.0), 20.0, 0.25),  # 5 ms are more than 10 % of a small function
        (Threshold(0.10, 5.0), 200.0, 0.10),
        (Threshold(None, 5.0), 200.0, 0.025),
        (Threshold(0.10), 200.0, 0.10),
    ],
)
def test_both_parts_of_a_threshold_must_be_passed(threshold, baseline, allowed):
    assert pytest.approx(allowed) == threshold.fraction_of(baseline)


def test_a_rule_reads_as_it_was_meant():
    rules = read_rules(fail={"p95": "10% and 5ms"}, warn={}, budget={"cost": "$4"})
    assert ["p95 +10 % and +5.00 ms", "cost at most $4.00"] == [str(rule) for rule in rules.rules]
