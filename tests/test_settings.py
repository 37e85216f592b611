"""Flags, environment, tuner.toml and defaults, in that order; nothing misspelt passes."""

import pytest

from tuner.errors import SettingsError
from tuner.option_values import LatencyLimit
from tuner.options import OPTION_FIELDS, RunOptions, plain
from tuner.records import FunctionSettings, Strategy
from tuner.settings import load_settings, read_options

TOML = """
[defaults]
strategy = "speed"
seed = 1
report_dir = "out"

[functions.my-func]
target = "model:cpu-bound"
memory = "1GB"
timeout = 10
seed = 2
payload = { n = 3 }
max_cost_increase = "10%"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "tuner.toml").write_text(TOML)
    return tmp_path


def options_of(folder, flags=(), environ=()):
    return load_settings("my-func", dict(flags), dict(environ), folder).options


def test_a_function_overrides_the_defaults(folder):
    options = options_of(folder)
    assert (Strategy.SPEED, 2) == (options.strategy, options.seed)


def test_the_environment_overrides_the_file_and_a_flag_overrides_both(folder):
    assert options_of(folder, environ={"TUNER_SEED": "3"}.items()).seed == 3
    assert options_of(folder, {"seed": "4"}.items(), {"TUNER_SEED": "3"}.items()).seed == 4


def test_a_subfolder_finds_the_file_above_and_keeps_its_paths(folder):
    (folder / "deep").mkdir()
    settings = load_settings("my-func", {}, {}, folder / "deep")
    assert folder == settings.target.root
    assert folder / "out" == settings.report_dir
    assert FunctionSettings(1024, 10) == settings.target.current


def test_a_report_folder_given_by_flag_starts_where_the_user_is(folder):
    (folder / "deep").mkdir()
    settings = load_settings("my-func", {"report_dir": "here"}, {}, folder / "deep")
    assert folder / "deep" / "here" == settings.report_dir


def test_values_are_read_into_their_types(folder):
    options = options_of(folder, {"max_duration": "800ms@p99", "memory_sizes": "512,128,128MB"}.items())
    assert LatencyLimit(800, "p99") == options.max_duration
    assert (128, 512) == options.memory_sizes
    assert '{"n": 3}' == options.payload
    assert pytest.approx(0.1) == options.max_cost_increase


def test_sizes_are_read_from_text_lists_and_single_numbers():
    for given in ("128,512", [128, "512MB"], (512, 128)):
        assert (128, 512) == read_options({"memory_sizes": (given, "x")}).memory_sizes
    assert (512,) == read_options({"memory_sizes": (512, "x")}).memory_sizes


def test_a_latency_limit_without_a_statistic_bounds_p95():
    assert "p95" == read_options({"max_duration": ("1s", "x")}).max_duration.statistic


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"strategy": "cheap"}, "--strategy: unknown value 'cheap'"),
        ({"memory_sizes": "64"}, "--memory-sizes: 64 MB is not a memory size"),
        ({"memory_sizes": ","}, "at least one"),
        ({"min_memory": "64"}, "--min-memory"),
        ({"min_memory": "1024", "max_memory": "512"}, "above --max-memory"),
        ({"invocations": "0"}, "--invocations"),
        ({"invocations": "1.5"}, "--invocations"),
        ({"balanced_weight": "2"}, "--balanced-weight"),
        ({"max_duration": "800"}, "--max-duration"),
        ({"max_duration": "800ms@p42"}, "unknown statistic 'p42'"),
        ({"max_cost_increase": "0.1"}, "write 10%"),
        ({"max_spend": "-1"}, "--max-spend"),
        ({"region": "us-est-1"}, "--region: no price for region"),
        ({"architecture": "arm"}, "--architecture"),
        ({"endpoint_url": "localhost"}, "--endpoint-url"),
        ({"role": "admin"}, "--role"),
        ({"cold_share": "120%"}, "--cold-share"),
        ({"timeout": "901"}, "1 to 900"),
        ({"trigger": "sqss"}, "did you mean sqs"),
        ({"seed": "-1"}, "--seed"),
        ({"seed": "1e400"}, "--seed"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_flag(folder, flags, message):
    with pytest.raises(SettingsError, match=message):
        load_settings("my-func", flags, {}, folder)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[defaults]\nstratgy = 'speed'", "unknown key 'stratgy'", "strategy"),
        ("[default]\nseed = 1", "unknown key 'default'", "defaults"),
        ("[functions.f]\ntarget = 'model:mixed'\nmemroy = 128", "unknown key 'memroy'", "memory"),
        ("[functions.f]\nmemory = 128", "target is missing", "local:"),
        ("[functions.f]\ntarget = 'modle:x'", "no known scheme", "model"),
        ("[functions]\nf = 3", "must be a table", None),
        ("defaults = 3", "must be a table", None),
        ("[functions.f]\ntarget = 'model:mixed'\nmemory = 64", "not a memory size", None),
        ("[functions.f]\ntarget = 'model:mixed'\nenvironment = 3", "table of strings", None),
        ("seed = ", "not valid TOML", None),
    ],
)
def test_a_wrong_file_is_refused_with_the_nearest_known_word(tmp_path, text, message, hint):
    (tmp_path / "tuner.toml").write_text(text)
    with pytest.raises(SettingsError, match=message) as caught:
        load_settings("f", {}, {}, tmp_path)
    if hint:
        assert hint in caught.value.hint


def test_a_misspelt_environment_variable_is_refused(folder):
    with pytest.raises(SettingsError, match="TUNER_STRATGY") as caught:
        options_of(folder, environ={"TUNER_STRATGY": "cost"}.items())
    assert "TUNER_STRATEGY" in caught.value.hint


def test_an_unknown_function_names_the_known_ones(folder):
    with pytest.raises(SettingsError, match="my-fnc") as caught:
        load_settings("my-fnc", {}, {}, folder)
    assert "my-func" in caught.value.hint


def test_options_survive_a_round_trip_through_plain_values():
    options = RunOptions(
        strategy=Strategy.BALANCED,
        max_duration=LatencyLimit(800, "p99"),
        max_cost_increase=0.075,
        memory_sizes=(128, 1769),
        max_seconds=90.5,
        payload='{"a": 1}',
        trigger="sqs",
    )
    assert options == read_options({name: (value, name) for name, value in plain(options).items()})


def test_a_grid_is_what_its_options_describe_and_an_adaptive_search_refuses_them(tmp_path):
    def method(**flags):
        return load_settings("model:mixed", flags, {}, tmp_path).options.method

    assert ["adaptive", "grid", "grid"] == [method(), method(memory_sizes="128,256"), method(invocations="5")]
    assert "grid" == method(search="grid")
    assert "predict" == method(predict=True)
    with pytest.raises(SettingsError, match="--memory-sizes") as caught:
        method(search="adaptive", memory_sizes="128,256")
    assert "--search grid" in caught.value.hint
    with pytest.raises(SettingsError, match="no effect on a prediction"):
        method(search="grid", predict=True)
    with pytest.raises(SettingsError, match=r"--search.*adaptve"):
        method(search="adaptve")


def test_a_regret_is_a_percentage(tmp_path):
    assert 0.02 == load_settings("model:mixed", {"regret": "2%"}, {}, tmp_path).options.regret
    for wrong in (0.02, "2", "0%"):
        with pytest.raises(SettingsError, match="percent"):
            load_settings("model:mixed", {"regret": wrong}, {}, tmp_path)


def test_every_option_has_a_help_text_and_a_reader():
    for field in OPTION_FIELDS.values():
        assert field.metadata["help"].endswith(".")
        assert callable(field.metadata["read"])
