"""`tuner fleet` as a stranger uses it."""

import csv
import json
from pathlib import Path

import jsonschema
import pytest
from fake_lambda import FakeLambda, Fault

SCHEMA = json.loads((Path(__file__).parents[2] / "tuner" / "schemas" / "fleet.schema.json").read_text())
REPORT = "REPORT RequestId: {:08d}-0000-4000-8000-000000000000\tDuration: {:.2f} ms\tBilled Duration: {} ms\t"
REPORT += "Memory Size: {} MB\tMax Memory Used: {} MB\t\n"


def write_log(path, *, memory, duration, used, calls=300):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for number in range(calls):
        hour, minute = divmod(number, 60)
        at = f"2026-11-23T{hour:02d}:{minute:02d}:00.000Z "
        lines.append(at + REPORT.format(number, duration, duration, memory, used))
    path.write_text("".join(lines))


@pytest.fixture
def archive(tmp_path):
    folder = tmp_path / "export"
    write_log(folder / "aws-lambda-large" / "000000", memory=2048, duration=900, used=100)
    write_log(folder / "aws-lambda-small" / "000000", memory=128, duration=300, used=125)
    return folder


@pytest.fixture(scope="module")
def aws():
    with FakeLambda(control_rate=None) as account:
        account.add_function(
            "prod-web",
            memory_mb=1024,
            timeout_s=30,
            tags={"team": "web"},
            recent_invocations=1_000_000,
            recent_duration_ms=500.0,
            metrics={"Duration p95": 900.0, "Duration Maximum": 29_000.0, "Errors": 200_000},
        )
        account.add_function("prod-idle", memory_mb=512, runtime="python3.8", tags={"team": "web"})
        account.add_function("test-web", memory_mb=256, reserved_concurrency=0)
        yield account


def document_of(done):
    assert 0 == done.returncode, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, SCHEMA)
    return document


def test_an_archive_is_ranked_by_what_could_be_saved(tuner, archive):
    large, small = document_of(tuner("fleet", archive, "--json"))["functions"]
    assert ("large", "small") == (large["function"], small["function"])
    assert ("bounded", "bounded") == (large["confidence"], small["confidence"])
    month = 30 / (299 / 60 / 24)
    compute = 300 * 0.9 * 2 * 0.0000166667 * month
    assert pytest.approx(compute + 300 * 0.0000002 * month) == large["cost_usd_per_month"]
    assert pytest.approx(compute * (1 - 128 / 2048)) == large["saving_usd_per_month"]["high"]
    assert large["saving_usd_per_month"]["mean"] is None
    assert ["over_provisioned"] == [flag["code"] for flag in large["flags"]]
    assert ["under_provisioned"] == [flag["code"] for flag in small["flags"]]
    assert large["architecture"] is None


def test_every_report_has_every_function(tuner, archive, tmp_path):
    files = ("out.html", "out.md", "out.csv")
    done = tuner("fleet", archive, *(word for name in files for word in ("--report", name)))
    assert 0 == done.returncode, done.stderr
    assert "2 functions cost" in done.stdout
    for name in files:
        text = (tmp_path / name).read_text()
        assert "large" in text
        assert "small" in text
    rows = list(csv.DictReader((tmp_path / "out.csv").open()))
    assert ["2048", "128"] == [row["memory_mb"] for row in rows]
    assert "" == rows[0]["saving_usd_per_month.mean"]


def test_functions_of_aws_are_ranked_flagged_and_priced(tuner, aws):
    done = tuner("fleet", "--json", **aws.environment)
    document = document_of(done)
    found = {function["function"]: function for function in document["functions"]}
    assert "prod-web" == document["functions"][0]["function"]
    assert "3 functions; CloudWatch charges at most $0.000210 for their metrics" in done.stderr
    web = found["prod-web"]
    # 1,000,000 calls of 0.5 s at 1 GB, and as many requests.
    assert pytest.approx(500_000 * 0.0000166667 + 0.2) == web["cost_usd_per_month"]
    assert pytest.approx(500_000 * 0.0000166667 * 0.875) == web["saving_usd_per_month"]["high"]
    assert {"timeout_near_tail", "billed_errors", "arm64_candidate"} == {f["code"] for f in web["flags"]}
    assert {"deprecated_runtime", "never_invoked"} == {f["code"] for f in found["prod-idle"]["flags"]}
    assert {"switched_off", "never_invoked"} == {f["code"] for f in found["test-web"]["flags"]}
    assert "not known" == found["prod-idle"]["confidence"]
    assert [] == [r for r in aws.requests if r.operation in ("Invoke", "UpdateFunctionConfiguration")]


@pytest.mark.parametrize(
    ("flags", "names"),
    [
        (["--name", "prod-*"], {"prod-web", "prod-idle"}),
        (["--name", "*-web", "--tag", "team=web"], {"prod-web"}),
        (["--regions", "eu-central-1,us-east-1"], {"prod-web", "prod-idle", "test-web"}),
    ],
)
def test_names_tags_and_regions_choose(tuner, aws, flags, names):
    found = document_of(tuner("fleet", "--json", *flags, **aws.environment))["functions"]
    assert names == {function["function"] for function in found}


@pytest.mark.parametrize(("regions", "code"), [("us-east-1,eu-central-1", 0), ("eu-central-1", 3)])
def test_a_place_that_may_not_be_read_is_a_warning_only_beside_others(tuner, aws, regions, code):
    aws.faults.add(Fault.denied("ListFunctions", times=1))
    done = tuner("fleet", "--regions", regions, "--name", "prod-*", "--json", **aws.environment)
    assert code == done.returncode
    assert "lambda:ListFunctions" in done.stderr
    found = [f["function"] for f in json.loads(done.stdout).get("functions", [])]
    assert (["prod-web", "prod-idle"] if code == 0 else []) == found


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nowhere"], 2, "no file or folder 'nowhere'"),
        (["x.log"], 4, "no REPORT record"),
        (["x.log", "--tag", "a=b"], 2, "--tag has no effect on an archive of logs"),
        (["x.log", "--regions", "us-esat-1"], 2, "us-east-1"),
        (["x.log", "--regions", "us-east-1,us-west-2"], 2, "priced in one region"),
        (["x.log", "--report", "out.htlm"], 2, "did you mean html?"),
        (["--architecture", "arm64"], 2, "--architecture has no effect"),
        (["--profile", "nobody", "--regions", "us-east-1"], 2, "nobody"),
        (["--tag", "web", "--regions", "us-east-1"], 2, "write --tag team=web"),
        ([], 2, "no AWS region is set"),
        (["--top", "0"], 2, "--top"),
    ],
)
def test_what_cannot_be_asked_is_said_with_what_to_do(tuner, tmp_path, arguments, code, words):
    (tmp_path / "x.log").write_text("hello\n")
    done = tuner("fleet", *arguments)
    assert code == done.returncode, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def targets(tmp_path):
    path = tmp_path / "targets.toml"
    path.write_text('large = "model:cpu-bound"\nsmall = "model:nonesuch.toml"\n')
    return path


def test_run_tunes_the_first_functions_and_its_curve_gives_the_saving(tuner, archive, targets, tmp_path):
    flags = ["fleet", archive, "--targets", targets, "--run", "--max-spend", "1"]
    quick = {"TUNER_MEMORY_SIZES": "512,2048", "TUNER_INVOCATIONS": "3"}
    done = tuner(*flags, "--json", **quick)
    document = document_of(done)
    endings = {attempt["key"]: attempt["ending"] for attempt in document["run"]["functions"]}
    assert {"large": "done", "small": "failed"} == endings
    large = next(f for f in document["functions"] if f["function"] == "large")
    assert large["best_memory_mb"] in (512, 2048)
    assert "fitted" == large["confidence"]
    assert "to tune: large, small" in done.stderr
    assert "tuning 2 functions, 4 at a time: at most " in done.stderr
    assert 1 == len(list((tmp_path / "fleet-run").glob("0*.json")))

    again = tuner(*flags, **quick)
    assert 2 == again.returncode
    assert "--resume" in again.stderr
    resumed = tuner(*flags, "--resume", "--json", **quick)
    assert "tuning 1 function, 1 done before" in resumed.stderr
    assert large == next(f for f in document_of(resumed)["functions"] if f["function"] == "large")


def test_where_nothing_could_be_tuned_the_exit_code_says_so(tuner, tmp_path):
    (tmp_path / "targets.toml").write_text('small = "model:nonesuch.toml"\n')
    done = tuner("fleet", "--targets", "targets.toml", "--run")
    assert 3 == done.returncode
    assert "Not tuned" in done.stdout
    assert "nonesuch" in done.stdout


def test_functions_of_aws_are_tuned_with_consent_and_a_bound_only(tuner, aws, tmp_path):
    flags = ["fleet", "--name", "prod-web", "--run"]
    environment = aws.environment | {"TUNER_MEMORY_SIZES": "512,1024", "TUNER_INVOCATIONS": "3"}
    environment |= {"XDG_STATE_HOME": str(tmp_path / "state")}
    assert "add --max-spend" in tuner(*flags, **environment).stderr
    rehearsed = tuner(*flags, "--max-spend", "1", "--dry-run", "--json", **environment)
    assert 0 == rehearsed.returncode, rehearsed.stderr
    plan = json.loads(rehearsed.stdout)["plan"]
    assert (1, 1.0) == (len(plan["functions"]), plan["max_spend_usd"])
    assert 2 == tuner(*flags, "--max-spend", "1", **environment).returncode
    assert [] == aws.invocations
    assert not (tmp_path / "fleet-run").exists()

    done = tuner(*flags, "--max-spend", "1", "--yes", "--json", "--report", "out.html", **environment)
    document = document_of(done)
    (function,) = document["functions"]
    assert "fitted" == function["confidence"]
    saving = function["saving_usd_per_month"]
    assert saving["low"] <= saving["mean"] <= saving["high"]
    assert "cost: never more than $1.00 in all" in done.stderr
    assert 1024 == aws.configuration("prod-web")["MemorySize"]
    assert "1 tuned" in (tmp_path / "out.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--workers", "2"], "--workers has an effect only with --run"),
        (["--resume"], "add --run"),
        (["--run", "--resume"], "there is no run to resume"),
        (["--run", "--max-spend", "-1"], "--max-spend"),
        (["--run", "--dask", "tcp://127.0.0.1:1", "--workers", "2"], "leave out --workers"),
        (["--targets", "none.toml"], "cannot read the targets"),
        (["--targets", "bad.toml"], "did you mean model?"),
        (["--targets", "x.log"], "is not valid TOML"),
    ],
)
def test_what_cannot_be_run_is_said_with_what_to_do(tuner, tmp_path, arguments, words):
    (tmp_path / "x.log").write_text("hello\n")
    (tmp_path / "bad.toml").write_text('a = "modle:cpu-bound"\n')
    (tmp_path / "targets.toml").write_text('a = "model:cpu-bound"\n')
    named = arguments if "--targets" in arguments else ["--targets", "targets.toml", *arguments]
    done = tuner("fleet", *named)
    assert 2 == done.returncode, done.stderr
    assert words in done.stderr
