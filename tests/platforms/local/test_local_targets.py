"""Targets that can be measured, and those that are refused before anything starts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sandbox_cases import Write

from tuner.errors import UsageError
from tuner.platforms.local import open_command, open_local
from tuner.platforms.local.function import Family, LocalTarget
from tuner.platforms.local.spec import parse_local
from tuner.records import FunctionSettings

SAM = """
    Transform: AWS::Serverless-2016-10-31
    Globals:
      Function:
        Runtime: python3.11
        Timeout: 9
        Environment:
          Variables:
            SHARED: from-globals
            LEVEL: info
    Resources:
      Orders:
        Type: AWS::Serverless::Function
        Properties:
          CodeUri: src/
          Handler: app.handler
          MemorySize: 512
          Architectures: [arm64]
          Environment:
            Variables:
              LEVEL: debug
              RETRIES: 3
              FLAG: true
              TABLE: !Ref Table
              BUCKET:
                Fn::Sub: "${Stage}-bucket"
      Resize:
        Type: AWS::Serverless::Function
        Properties:
          CodeUri: node/
          Handler: lib/main.handler
          Runtime: nodejs20.x
          MemorySize: !FindInMap [Sizes, !Ref Stage, Memory]
      Rust:
        Type: AWS::Serverless::Function
        Properties: {CodeUri: rust/, Handler: bootstrap, Runtime: provided.al2023}
      Plain:
        Type: AWS::Lambda::Function
        Properties: {Code: src, Handler: app.handler, Runtime: python3.12}
      Image:
        Type: AWS::Serverless::Function
        Properties: {PackageType: Image}
      Inline:
        Type: AWS::Lambda::Function
        Properties: {Handler: index.handler, Runtime: python3.12, Code: {ZipFile: "def handler(e, c): pass"}}
      Java:
        Type: AWS::Serverless::Function
        Properties: {CodeUri: src/, Handler: com.acme.Main, Runtime: java21}
      Remote:
        Type: AWS::Serverless::Function
        Properties: {CodeUri: s3://bucket/key, Handler: app.handler}
      Missing:
        Type: AWS::Serverless::Function
        Properties: {CodeUri: src/, Handler: other.handler}
      Large:
        Type: AWS::Serverless::Function
        Properties: {CodeUri: src/, Handler: app.handler, MemorySize: 99999}
      Table:
        Type: AWS::DynamoDB::Table
"""
Read = Callable[[str], LocalTarget]


@pytest.fixture
def read(write: Write) -> Read:
    """Reads one function of the template above."""
    folder = write(SAM, "template.yaml")
    for name in ("src/app.py", "node/lib/main.js", "rust/bootstrap"):
        path = folder / name
        path.parent.mkdir(parents=True)
        path.write_text("def handler(event, context): pass\n")
    (folder / "rust" / "bootstrap").chmod(0o755)
    return lambda name: parse_local(f"template.yaml:{name}", root=folder)


def test_sam_function_is_read_with_its_globals(read: Read) -> None:
    got = read("Orders")
    assert (got.name, got.family, got.handler, got.folder.name) == (
        "Orders",
        Family.PYTHON,
        "app.handler",
        "src",
    )
    assert (got.declared_runtime, got.declared_architecture) == ("python3.11", "arm64")
    assert got.settings == FunctionSettings(memory_mb=512, timeout_s=9)
    assert got.environment == {"SHARED": "from-globals", "LEVEL": "debug", "RETRIES": "3", "FLAG": "true"}


def test_each_computed_variable_is_a_warning_that_names_it(read: Read) -> None:
    warnings = read("Orders").warnings
    assert [warning.code for warning in warnings] == ["W-TEMPLATE", "W-TEMPLATE"]
    assert "TABLE" in warnings[0].message and "BUCKET" in warnings[1].message


def test_computed_memory_size_is_assumed_with_a_warning(read: Read) -> None:
    got = read("Resize")
    assert (got.family, got.settings) == (Family.NODE, FunctionSettings(memory_mb=128, timeout_s=9))
    assert any("MemorySize" in warning.message for warning in got.warnings)


def test_provided_runtime_runs_its_bootstrap(read: Read) -> None:
    got = read("Rust")
    assert (got.family, got.folder.name, got.handler) == (Family.PROVIDED, "rust", "bootstrap")


def test_cloudformation_function_has_the_services_defaults(read: Read) -> None:
    got = read("Plain")  # Globals are SAM's
    assert got.settings == FunctionSettings(memory_mb=128, timeout_s=3)
    assert (got.declared_architecture, dict(got.environment)) == ("x86_64", {})


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Image", "container image"),
        ("Inline", "inside the template"),
        ("Java", "java21"),
        ("Remote", "not a folder on this machine"),
        ("Missing", "other.handler"),
        ("Large", "99999"),
        ("Table", "AWS::DynamoDB::Table"),
        ("Order", "Orders"),
        ("zzz", "its functions"),
    ],
)
def test_function_that_cannot_run_here_is_refused_with_a_sentence(read: Read, name: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(name)
    assert words in f"{caught.value.message} {caught.value.hint}"


def test_json_template_is_read(write: Write) -> None:
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Handler": "app.handler", "Runtime": "python3.11"},
    }
    folder = write("def handler(event, context): pass")
    (folder / "stack.json").write_text(json.dumps({"Resources": {"F": function}}, indent="\t"))
    assert parse_local("stack.json:F", root=folder).folder == folder


@pytest.mark.parametrize("text", ["", "a: [", "- 1", "Resources: 3", "Resources: {}", "a: &a [*a]", "\x00"])
def test_file_that_is_no_template_is_refused(write: Write, text: str) -> None:
    folder = write(text, "template.yaml")
    with pytest.raises(UsageError):
        parse_local("template.yaml:F", root=folder)


def test_template_is_data_and_nothing_in_it_runs(write: Write, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    folder = write(
        f"x: !!python/object/apply:os.system ['touch {mark}']\nResources: {{F: 1}}", "template.yaml"
    )
    with pytest.raises(UsageError):
        parse_local("template.yaml:F", root=folder)
    assert not mark.exists()


@pytest.mark.parametrize(
    "spec", ["code:app.handler", "code/app.py:handler", "code/app.py:app.handler", "code:pkg.mod.f"]
)
def test_folder_and_file_name_the_same_function(write: Write, spec: str) -> None:
    folder = write("def handler(event, context): pass")
    (folder / "pkg").mkdir()
    (folder / "pkg" / "mod.py").write_text("def f(event, context): pass")
    got = parse_local(spec, root=folder.parent)
    assert (got.folder, got.family) == (folder, Family.PYTHON)


@pytest.mark.parametrize("suffix", ["js", "mjs", "cjs"])
def test_javascript_file_makes_a_node_function(write: Write, suffix: str) -> None:
    folder = write("exports.handler = 1", f"index.{suffix}")
    assert parse_local(f"{folder}:index.handler", root=Path("/")).family is Family.NODE


@pytest.mark.parametrize(
    "spec",
    [
        "",
        ":",
        "code",
        "code:",
        ":app.handler",
        "nowhere:app.handler",
        "code:handler",
        "code:.handler",
        "code:no.handler",
    ],
)
def test_bad_local_specification_is_refused_with_a_hint(write: Write, spec: str) -> None:
    folder = write("def handler(event, context): pass")
    with pytest.raises(UsageError) as caught:
        open_local(spec, root=folder.parent)
    assert caught.value.hint and caught.value.exit_code == 2


@pytest.mark.parametrize("spec", ["", "nowhere", "code", "code/app.py"])
def test_bad_command_is_refused_with_a_hint(write: Write, spec: str) -> None:
    folder = write("print(1)")
    with pytest.raises(UsageError) as caught:
        open_command(spec, root=folder.parent)
    assert caught.value.hint


def test_unknown_mechanism_and_interpreter_are_refused(write: Write) -> None:
    folder = write("def handler(event, context): pass")
    with pytest.raises(UsageError, match="docker"):
        open_local(f"{folder}:app.handler", root=Path("/"), mechanism="docker")
    with pytest.raises(UsageError, match="no-such-python"):
        open_local(f"{folder}:app.handler", root=Path("/"), python="no-such-python")


def test_differences_from_the_template_are_warnings(read: Read) -> None:
    read("Plain")
    with open_local("template.yaml:Orders", root=read("Plain").folder.parent) as platform:
        codes = [warning.code for warning in platform.describe().warnings]
        given = platform.describe().current
    assert "W-ARCHITECTURE" in codes or platform.describe().architecture == "arm64"
    assert given == FunctionSettings(memory_mb=512, timeout_s=9)


def test_settings_and_variables_given_come_before_the_templates(read: Read) -> None:
    root = read("Plain").folder.parent
    mine = FunctionSettings(memory_mb=1024, timeout_s=30)
    with open_local("template.yaml:Orders", root=root, settings=mine, environment={"LEVEL": "x"}) as platform:
        assert platform.describe().current == mine
        assert platform._target.environment["LEVEL"] == "x"
