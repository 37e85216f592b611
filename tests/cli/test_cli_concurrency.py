"""`tuner concurrency` and its subcommands: the contract, the words, and what is refused."""

import json
import re
from pathlib import Path

import pytest

PROFILE = """
name = "sale"
duration = "2m"
[functions.f]
memory_mb = 512
duration = "200ms"
init_duration = "500ms"
reserved_concurrency = 5
[functions.f.arrivals]
shape = "burst"
requests_per_second = 5
burst_requests_per_second = 60
burst_start = "30s"
burst_duration = "20s"
"""
NUMBERS = ("--requests-per-second", "40", "--duration", "250ms")


@pytest.fixture
def concurrency(tuner):
    return lambda *arguments: tuner("concurrency", *arguments)


def test_plain_numbers_give_the_contract(concurrency):
    found = json.loads(concurrency(*NUMBERS, "--json").stdout)
    assert (1, 10.0) == (found["schema_version"], found["expected_concurrency"])
    assert {"p50": 10, "p95": 15, "p99": 18, "p999": 21} == found["concurrency"]
    assert (24, 18) == (found["reserved_concurrency"], found["provisioned_concurrency"]["recommended"])
    assert 0 < found["throttle_probability"] <= 0.0001
    assert [] == found["warnings"]


def test_the_text_says_what_to_reserve_and_fits_80_columns(concurrency):
    finished = concurrency(*NUMBERS, "--memory", "512", "--init-duration", "800ms", "--cold-share", "2%")
    answer = "This traffic needs a concurrency of 10.6 on average; reserve 25 and provision 18."
    assert answer == " ".join(finished.stdout.split("\n\n")[0].splitlines())
    assert max(map(len, finished.stdout.splitlines())) <= 80
    assert "The bill of 30 days, with provisioned concurrency" in finished.stdout


def test_a_run_weighs_memory_and_concurrency_together(concurrency, tuner, tmp_path):
    tuner("run", "model:cpu-bound", "--no-report", "--seed", "1", "--save-run", "run.json")
    asked = ("--requests-per-second", "400", "--run", "run.json", "--cold-share", "3%")
    finished = concurrency(*asked, "--report", "answer.md")
    assert 0 == finished.returncode
    assert max(map(len, finished.stdout.splitlines())) <= 80
    assert "Memory and concurrency together" in (tmp_path / "answer.md").read_text()
    found = json.loads(concurrency(*asked, "--json").stdout)
    sizes = found["memory_sizes"]
    assert sizes == sorted(sizes, key=lambda size: size["memory_mb"])
    assert sizes[0]["expected_concurrency"] > 2 * sizes[-1]["expected_concurrency"]
    chosen = next(size for size in sizes if size["memory_mb"] == found["memory_mb"])
    assert chosen["expected_concurrency"] == found["expected_concurrency"]
    assert chosen["provisioned_concurrency"]["cost_usd_per_month"]["total"] > 0
    other = concurrency(*asked, "--memory", "129")
    assert 2 == other.returncode
    assert "the run does not know 129 MB" in other.stderr


def test_the_published_burst_under_the_earlier_rule(concurrency):
    asked = [
        "burst",
        "--from",
        "100",
        "--to",
        "4000",
        "--account-limit",
        "5000",
        "--immediate",
        "3000",
        "--per-minute",
        "500",
    ]
    found = json.loads(concurrency(*asked, "--json").stdout)
    assert [
        {"t_s": 0, "concurrency": 3100, "throttled": True},
        {"t_s": 60, "concurrency": 3600, "throttled": True},
        {"t_s": 120, "concurrency": 4000, "throttled": False},
    ] == found["timeline"]
    assert 120 == found["reached_s"]
    limited = json.loads(concurrency(*asked, "--function-limit", "1000", "--json").stdout)
    assert ([1000], None) == ([row["concurrency"] for row in limited["timeline"]], limited["reached_s"])


def test_a_burst_under_todays_rule_in_words(concurrency):
    finished = concurrency("burst", "--from", "100", "--to", "4000", "--account-limit", "5000")
    assert "A concurrency of 4,000 is reached after 30 s." == finished.stdout.splitlines()[0]


def test_a_queue_drains_in_words_and_as_json(concurrency):
    asked = (
        "drain",
        "sqs",
        "--requests-per-second",
        "20",
        "--duration",
        "1s",
        "--backlog",
        "5000",
        "--limit",
        "50",
    )
    finished = concurrency(*asked)
    assert "To keep up, sqs needs a concurrency of 2" in finished.stdout
    assert "MaximumConcurrency to 50" in finished.stdout
    found = json.loads(concurrency(*asked, "--json").stdout)
    assert [{"t_s": 0, "concurrency": 5}, {"t_s": 60, "concurrency": 50}] == found["timeline"]
    # 50 - 20 = 30 a second in the first minute, 500 - 20 = 480 then.
    assert 60 + (5_000 - 1_800) / 480 == pytest.approx(found["drain_s"])


def test_a_profile_is_simulated_with_a_report(concurrency, tmp_path):
    (tmp_path / "sale.toml").write_text(PROFILE)
    finished = concurrency("simulate", "sale.toml", "--report-dir", "out", "--json")
    found = json.loads(finished.stdout)
    totals = found["totals"]
    assert totals["requests"] == totals["completed"] + totals["failed"] + totals["throttled"]
    assert totals["throttled"] > 100
    assert {"p50", "p95", "p99", "p999"} == set(found["latency_ms"])
    assert found["cost_usd"]["total"] == pytest.approx(sum(row["cost_usd"] for row in found["timeline"]))
    page = (tmp_path / "out" / "concurrency-sale.md").read_text()
    for theme in ("light", "dark"):
        assert f"concurrency-sale.{theme}.svg" in page
        assert (tmp_path / "out" / f"concurrency-sale.{theme}.svg").read_text().startswith("<?xml")
    assert finished.stdout == concurrency("simulate", "sale.toml", "--json").stdout
    assert finished.stdout != concurrency("simulate", "sale.toml", "--seed", "5", "--json").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "give --requests-per-second"),
        (("--requests-per-second", "40"), "give --duration"),
        (("--requests-per-second", "0", "--duration", "1s"), "'0' is not a rate"),
        (("--requests-per-second", "nan", "--duration", "1s"), "'nan' is not a rate"),
        (("--requests-per-second", "1", "--duration", "250"), "is not a duration"),
        (("--requests-per-second", "1", "--duration", "16m"), "at most 15m"),
        ((*NUMBERS, "--run", "run.json"), "both say how long"),
        ((*NUMBERS, "--region", "us-east-1"), "prices need a memory size"),
        ((*NUMBERS, "--memory", "512", "--region", "us-east-9"), "no price for region"),
        ((*NUMBERS, "--max-cold", "0%"), "above zero"),
        ((*NUMBERS, "--max-throttled", "1"), "is not a percentage"),
        (("--requests-per-second", "1000000", "--duration", "10m"), "is not one of a function"),
        (("--requests-per-second", "1", "--run", "missing.json"), "missing.json"),
        (("brust",), "did you mean burst"),
        ((*NUMBERS, "burst", "--from", "1", "--to", "2"), "before 'burst' has no effect"),
        (("--json", "burst", "--from", "1", "--to", "2"), "--json before 'burst' has no effect"),
        (("burst", "--from", "1", "--to", "2", "--rate", "1/1s", "--immediate", "5"), "give one of them"),
        (("drain", "sqss", "--requests-per-second", "1", "--duration", "1s"), "did you mean sqs"),
        (
            ("drain", "sqs", "--requests-per-second", "1", "--duration", "1s", "--shards", "2"),
            "means nothing to sqs",
        ),
        (("simulate", "missing.toml"), "cannot read the load profile"),
    ],
)
def test_what_makes_no_sense_is_refused(concurrency, arguments, message):
    finished = concurrency(*arguments)
    assert 2 == finished.returncode, finished.stderr
    assert message in finished.stderr
    assert "--json" in arguments or "" == finished.stdout


def test_a_mistake_in_a_profile_is_one_json_document(concurrency, tmp_path):
    (tmp_path / "p.toml").write_text(PROFILE.replace("memory_mb", "memry_mb"))
    error = json.loads(concurrency("simulate", "p.toml", "--json").stdout)["error"]
    assert 2 == error["exit_code"]
    assert "memory_mb" in error["hint"]


def test_the_commands_in_the_guide_run(concurrency, tmp_path):
    guide = (Path(__file__).parents[2] / "docs" / "concurrency.md").read_text()
    commands = re.findall(r"^    tuner concurrency (.*?)(?:   .*)?$", guide, re.MULTILINE)
    assert 5 == len(commands)
    for command in commands:
        if "run.json" not in command and "sale.toml" not in command:
            assert 0 == concurrency(*command.split()).returncode, command
