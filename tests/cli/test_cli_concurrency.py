"""`tuner concurrency` and its subcommands: the contract, the words, and what is refused."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from concurrency_documents import document_of

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
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: cpu-bound
      Handler: app.handler
      Runtime: python3.13
      AutoPublishAlias: live
      MemorySize: 128
"""
NUMBERS = ("--requests-per-second", "40", "--duration", "250ms")


@pytest.fixture
def concurrency(tuner):
    return lambda *arguments: tuner("concurrency", *arguments)


def test_plain_numbers_give_the_contract(concurrency):
    found = document_of(concurrency(*NUMBERS, "--json"))
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
    found = document_of(concurrency(*asked, "--json"))
    sizes = found["memory_sizes"]
    assert sizes == sorted(sizes, key=lambda size: size["memory_mb"])
    assert sizes[0]["expected_concurrency"] > 2 * sizes[-1]["expected_concurrency"]
    chosen = next(size for size in sizes if size["memory_mb"] == found["memory_mb"])
    assert chosen["expected_concurrency"] == found["expected_concurrency"]
    assert chosen["provisioned_concurrency"]["cost_usd_per_month"]["total"] > 0
    (command,) = found["commands"]
    assert command in finished.stdout
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    _, *arguments = command.replace("\\\n", "").split()
    applied = tuner(*arguments, "--write", "--yes")
    assert 0 == applied.returncode, applied.stderr
    written = (tmp_path / "template.yaml").read_text()
    assert f"ReservedConcurrentExecutions: {found['reserved_concurrency']}" in written
    assert f"ProvisionedConcurrentExecutions: {found['provisioned_concurrency']['recommended']}" in written
    assert f"MemorySize: {found['memory_mb']}" in written
    another = next(s["memory_mb"] for s in sizes if s["reserved_concurrency"] and s != chosen)
    elsewhere = document_of(concurrency(*asked, "--memory", str(another), "--json"))
    assert "--no-memory --no-timeout" in elsewhere["commands"][0]
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
    found = document_of(concurrency(*asked, "--json"), "concurrency-burst")
    assert [
        {"t_s": 0, "concurrency": 3100, "throttled": True},
        {"t_s": 60, "concurrency": 3600, "throttled": True},
        {"t_s": 120, "concurrency": 4000, "throttled": False},
    ] == found["timeline"]
    assert 120 == found["reached_s"]
    limited = document_of(concurrency(*asked, "--function-limit", "1000", "--json"), "concurrency-burst")
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
    found = document_of(concurrency(*asked, "--json"), "concurrency-drain")
    assert [{"t_s": 0, "concurrency": 5}, {"t_s": 60, "concurrency": 50}] == found["timeline"]
    # 50 - 20 = 30 a second in the first minute, 500 - 20 = 480 then.
    assert 60 + (5_000 - 1_800) / 480 == pytest.approx(found["drain_s"])


def test_a_profile_is_simulated_with_a_report(concurrency, tmp_path):
    (tmp_path / "sale.toml").write_text(PROFILE)
    finished = concurrency("simulate", "sale.toml", "--report-dir", "out", "--json")
    found = document_of(finished, "concurrency-simulation")
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


REPORT = (
    "{} REPORT RequestId: {:08d}-0000-4000-8000-000000000000\tDuration: {:.2f} ms\tBilled Duration: 400 ms\t"
    "Memory Size: 512 MB\tMax Memory Used: 90 MB\t{}\n"
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Two days of checkout: three calls at once each minute from 8 to 18 UTC, a tenth cold; one of mail."""
    folder = tmp_path_factory.mktemp("archive") / "export"
    begin = datetime(2026, 11, 22, tzinfo=UTC)
    hours = [hour for hour in range(48) if 8 <= hour % 24 < 18 or hour in (0, 47)]
    ends = [
        begin + timedelta(hours=hour, minutes=minute, seconds=1) for hour in hours for minute in range(60)
    ]
    calls = [(end, n) for end in ends for n in range(3)]
    lines = {
        "checkout": [
            REPORT.format(
                f"{end:%Y-%m-%dT%H:%M:%S}.000Z", i, 400, "Init Duration: 100.00 ms\t" * (i % 10 == 0)
            )
            for i, (end, _) in enumerate(calls)
        ],
        "mail": [REPORT.format("2026-11-22T12:00:00.000Z", 10**7, 400, "")],
    }
    for name, content in lines.items():
        stream = folder / f"aws-lambda-{name}" / "2026-11-22-[3]0a1b"
        stream.mkdir(parents=True)
        (stream / "000000").write_text("".join(content))
    return folder


def test_logs_tell_how_requests_came_and_give_a_schedule(concurrency, archive, tmp_path):
    asked = ("--logs", archive, "--function", "checkout")
    found = document_of(concurrency(*asked, "--json"))
    assert ("checkout", "logs", 3) == (
        found["function"],
        found["arrivals"]["source"],
        found["arrivals"]["peak_concurrency"],
    )
    assert 3_960 == found["arrivals"]["requests"]
    assert 180 / 3_600 * 0.41 == pytest.approx(found["expected_concurrency"], rel=0.01)
    assert (3, 3) == (found["reserved_concurrency"], found["provisioned_concurrency"]["recommended"])
    hours = found["provisioned_concurrency"]["schedule"]["hours"]
    assert [0 if hour in range(1, 8) or hour in range(18, 23) else 3 for hour in range(24)] == [
        hour["provisioned_concurrency"] for hour in hours
    ]
    text = concurrency(*asked, "--report", "answer.md").stdout
    answer = "checkout needs a concurrency of 0.0205 in its busiest hour; reserve 3 and provision 3."
    assert answer == " ".join(text.split("\n\n")[0].splitlines())
    assert "in bursts" in text
    assert max(map(len, text.splitlines())) <= 80
    actions = re.findall(r"cron\((.*?)\)' \\\n.*MinCapacity=(\d+),MaxCapacity=(\d+)", text)
    assert [
        ("0 1 * * ? *", "0", "0"),
        ("55 7 * * ? *", "3", "3"),
        ("0 18 * * ? *", "0", "0"),
        ("55 22 * * ? *", "3", "3"),
    ] == actions
    assert "```sh\naws application-autoscaling" in (tmp_path / "answer.md").read_text()


def test_the_arrivals_of_an_archive_are_simulated(concurrency, archive, tmp_path):
    arrivals = f'shape = "logs"\npath = "{archive}"\nfunction = "checkout"\nstart = "8h"\n'
    profile = PROFILE.partition("shape")[0].replace('"2m"', '"10h"') + arrivals
    (tmp_path / "logs.toml").write_text(profile)
    found = json.loads(concurrency("simulate", "logs.toml", "--json").stdout)
    assert (1_800, 3) == (found["totals"]["requests"], found["peak_concurrency"])
    (tmp_path / "none.toml").write_text(profile.replace('"checkout"', '"chekout"'))
    assert "did you mean checkout" in concurrency("simulate", "none.toml").stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name one with --function: checkout, mail"),
        (("--function", "chekout"), "did you mean checkout"),
    ],
)
def test_the_function_of_logs_must_be_known(concurrency, archive, arguments, message):
    finished = concurrency("--logs", archive, *arguments)
    assert (2, "") == (finished.returncode, finished.stdout)
    assert message in finished.stderr


def test_a_single_call_is_too_few_and_its_function_is_guessed(concurrency, tmp_path):
    (tmp_path / "mail.log").write_text(REPORT.format("2026-11-22T12:00:00.000Z", 1, 400, ""))
    finished = concurrency("--logs", "mail.log")
    assert 0 == finished.returncode, finished.stderr
    assert "Too few requests were seen (1)" in " ".join(finished.stdout.split())
    assert "Arrivals" not in finished.stdout
    assert "only 1 s of a day was seen" in finished.stderr
    assert "put its name into the commands" in finished.stderr


def test_records_without_times_tell_nothing_of_concurrency(concurrency, tmp_path):
    (tmp_path / "f.log").write_text(REPORT.format("", 1, 400, "").lstrip())
    finished = concurrency("--logs", "f.log")
    assert 4 == finished.returncode
    assert "have no times" in finished.stderr


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
        ((*NUMBERS, "--logs", "."), "leave out --requests-per-second"),
        (("--logs", ".", "--memory", "512"), "leave out --memory"),
        (("--logs", "missing"), "no file or folder 'missing'"),
        ((*NUMBERS, "--function", "f"), "give --logs with it"),
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
    assert 7 == len(commands)
    for command in commands:
        if not any(file in command for file in ("run.json", "sale.toml", "./export", "aws:")):
            assert 0 == concurrency(*command.split()).returncode, command
