"""The import direction: cost_models <- tuner's stages <- reporting <- cli."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted([*(ROOT / "tuner").rglob("*.py"), *(ROOT / "cost_models").rglob("*.py")])


def module_of(path):
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path):
    """Every module that a file imports at run time, inside functions too; type-checking blocks apart."""
    tree = ast.parse(path.read_text())
    typing_only = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


IMPORTS = {module_of(path): set(imports_of(path)) for path in SOURCES}
LEAVES = (
    "tuner.units",
    "tuner.errors",
    "tuner.records",
    "tuner.landscape",
    "tuner.plans",
    "tuner.files",
    "tuner.options",
    "tuner.option_values",
    "tuner.triggers",
)
STAGES = ("tuner.measure", "tuner.fit", "tuner.recommend", "tuner.search", "tuner.timeout")

SIGHT = ("tuner.changes", "tuner.comparison", "tuner.history", "tuner.trend")
"""What looks at results side by side, or at one after the other."""


def importers(of, among):
    return {
        (module, imported)
        for module, found in IMPORTS.items()
        if module == among or module.startswith(f"{among}.")
        for imported in found
        if imported == of or imported.startswith(f"{of}.")
    }


@pytest.mark.parametrize(
    "room",
    [*STAGES, "tuner.interchange", "tuner.platforms", "tuner.reporting", "tuner.cli", "cost_models"],
)
def test_the_rooms_that_are_checked_exist(room):
    assert any(module == room or module.startswith(f"{room}.") for module in IMPORTS)


def test_cost_models_know_nothing_of_tuner():
    assert set() == importers("tuner", "cost_models")


@pytest.mark.parametrize(
    "stage",
    [
        *STAGES,
        *SIGHT,
        *("tuner.gate", "tuner.interchange", "tuner.concurrency", "tuner.logs"),
        *("tuner.apply", "tuner.rollout"),
    ],
)
def test_stages_import_neither_cli_nor_reporting(stage):
    assert set() == importers("tuner.cli", stage) | importers("tuner.reporting", stage)


@pytest.mark.parametrize("stage", [*STAGES, "tuner.gate", "tuner.concurrency", "tuner.logs", "tuner.apply"])
def test_stages_know_platforms_by_their_protocol_only(stage):
    known = {imported for _, imported in importers("tuner.platforms", stage)}
    assert all(name.startswith("tuner.platforms.base") for name in known)


def test_the_bridge_knows_how_functions_are_named_and_nothing_else_of_platforms():
    known = {imported for _, imported in importers("tuner.platforms", "tuner.interchange")}
    assert all(name.startswith("tuner.platforms.aws.names") for name in known)


def test_the_bridge_fetches_nothing():
    for module in ("urllib", "http", "socket", "ssl", "subprocess"):
        assert set() == importers(module, "tuner.interchange")


@pytest.mark.parametrize("stage", STAGES)
def test_stages_use_each_other_by_their_front_door(stage):
    for other in STAGES:
        if other != stage:
            inside = {i for _, i in importers(other, stage) if i.count(".") > 2}
            assert set() == inside, f"{stage} reaches into {other}"


def test_reporting_decides_nothing():
    for stage in (*STAGES, "tuner.platforms", "tuner.cli"):
        assert set() == importers(stage, "tuner.reporting")


def test_only_the_cli_imports_the_cli():
    outside = {m for m, found in IMPORTS.items() if any(i.startswith("tuner.cli") for i in found)}
    assert all(m.startswith("tuner.cli") or m == "tuner.__main__" for m in outside)


def test_only_platforms_apply_and_logs_talk_to_aws():
    allowed = ("tuner.platforms", "tuner.apply", "tuner.logs")
    for module, found in IMPORTS.items():
        assert not any(i.split(".")[0] in ("boto3", "botocore") for i in found) or module.startswith(allowed)


def test_the_leaves_import_only_leaves():
    # `TuningResult.to_dict` hands itself to tuner.document, which knows records only.
    allowed = (*LEAVES, "tuner.document")
    for leaf in allowed:
        inside = {i for i in IMPORTS[leaf] if i.startswith("tuner.")}
        assert all(i.startswith(allowed) for i in inside), (leaf, inside)


def test_only_the_cli_prints_and_exits():
    for path in SOURCES:
        module = module_of(path)
        if module.startswith("tuner.cli"):
            continue
        calls = [
            ast.unparse(n.func) for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)
        ]
        assert "print" not in calls, module
        assert "sys.exit" not in calls, module


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["run", "--help"],
        ["report", "--help"],
        ["history", "--help"],
        ["prices", "--help"],
        ["concurrency", "simulate", "--help"],
        ["logs", "--help"],
        ["fleet", "--help"],
        ["apply", "--help"],
        ["--version"],
    ],
)
def test_help_imports_nothing_heavy(arguments):
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "tuner", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in ran.stderr.splitlines()}
    assert set() == loaded & {
        "numpy",
        "scipy",
        "boto3",
        "botocore",
        "matplotlib",
        "rich",
        "ruamel",
        "duckdb",
        "hcl2",
    }


def test_files_stay_small():
    assert [] == [str(p) for p in SOURCES if len(p.read_text().splitlines()) > 400]


def test_functions_stay_short():
    long = [
        f"{module_of(path)}.{node.name}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno > 60
    ]
    assert [] == long
