"""Parameters that samconfig.toml sets: what decides is changed, and not the template's default."""

import tomllib

import pytest

from tuner.apply import Scope, Setting, plan_changes
from tuner.errors import UsageError

WISHES = {Setting.MEMORY: 1024}
TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Memory: {Type: Number, Default: 256}
  OtherMemory: {Type: Number, Default: 256}
Resources:
  Thumbnail:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      MemorySize: !Ref Memory
"""
WAYS_TO_WRITE = {
    "a text": '"Stage=dev Memory=512 OtherMemory=512"',
    "a list": '["Stage=dev", "Memory=512", "OtherMemory=512"]',
    "quotes": r'"Memory=\"512\" OtherMemory=\"512\""',
    "single quotes": '\'Memory="512" OtherMemory="512"\'',
    "lines": '"""\nStage=dev\nMemory=512\nOtherMemory=512"""',
    "keys and values": '"ParameterKey=Memory,ParameterValue=512 ParameterKey=OtherMemory,ParameterValue=512"',
}


def config(written, environment="default"):
    return (
        f"version = 0.1\n# Memory=512 is only a comment\n[{environment}.deploy.parameters]\n"
        f'stack_name = "Memory=512"\nparameter_overrides = {written} # MB\n'
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return tmp_path


def plan_for(path, **scope):
    return plan_changes(path, "Thumbnail", WISHES, scope=Scope(**scope))


@pytest.mark.parametrize("way", WAYS_TO_WRITE)
def test_only_the_value_that_decides_changes(folder, way):
    path, text = folder / "samconfig.toml", config(WAYS_TO_WRITE[way]).replace("\n", "\r\n")
    path.write_bytes(text.encode())
    plan = plan_for(path)
    head, _, rest = text.partition("parameter_overrides = ")
    place = rest.replace("OtherMemory", "OtherMEMORY").index("Memory") + rest[rest.index("Memory") :].index(
        "512"
    )
    assert (
        head + "parameter_overrides = " + rest[:place] + "1024" + rest[place + 3 :]
    ).encode() == plan.after
    tomllib.loads(plan.after.decode())
    assert [(512, 1024)] == [(change.before, change.after) for change in plan.changes]


def test_the_template_is_refused_while_its_default_is_overridden(folder):
    (folder / "samconfig.toml").write_text(config('"Memory=512"'))
    with pytest.raises(UsageError, match=r"samconfig.toml:4, samconfig.toml:5 overrides"):
        plan_for(folder / "template.yaml")


def test_a_samconfig_in_yaml_counts_too(folder):
    (folder / "samconfig.yaml").write_text(
        "default:\n  deploy:\n    parameters:\n      parameter_overrides: Memory=512\n"
    )
    with pytest.raises(UsageError, match=r"samconfig.yaml:4 overrides"):
        plan_for(folder / "template.yaml")


def test_an_override_of_something_else_does_not_matter(folder):
    (folder / "samconfig.toml").write_text(config('"OtherMemory=512"'))
    assert (256, 1024) == (
        plan_for(folder / "template.yaml").changes[0].before,
        plan_for(folder / "template.yaml").changes[0].after,
    )


def test_of_several_environments_one_must_be_said(folder):
    path = folder / "samconfig.toml"
    text = config('"Memory=512"') + config('"Memory=512"', "live").removeprefix("version = 0.1\n")
    path.write_text(text)
    with pytest.raises(UsageError, match="several environments: default, live") as refused:
        plan_for(path)
    assert "--config-env" in refused.value.hint
    with pytest.raises(UsageError, match="'lve'") as refused:
        plan_for(path, config_env="lve")
    assert "did you mean live?" == refused.value.hint
    head, mark, rest = text.partition("[live")
    changed = head + mark + rest.replace('overrides = "Memory=512"', 'overrides = "Memory=1024"')
    assert changed.encode() == plan_for(path, config_env="live").after


def test_the_template_that_it_names_is_the_one_that_counts(folder):
    (folder / "template.yaml").rename(folder / "stack.yaml")
    path = folder / "samconfig.toml"
    path.write_text(config('"Memory=512"'))
    with pytest.raises(UsageError, match=r"there is no template.yaml"):
        plan_for(path)
    path.write_text(config('"Memory=512"') + 'template_file = "stack.yaml"\n')
    assert 1024 == plan_for(path).changes[0].after


@pytest.mark.parametrize(
    ("template", "text", "expected"),
    [
        (TEMPLATE, "[default", "is not valid TOML"),
        (TEMPLATE, config('"Memory=many"'), "not written as a plain number"),
        (TEMPLATE, config('"Memory=5\u00b2"'), "not written as a plain number"),
        (TEMPLATE, config('"OtherMemory=512"'), "does not override Memory"),
        (TEMPLATE, config('"M\\u0065mory=512"'), "not written as a plain number"),
        (
            TEMPLATE.replace("!Ref Memory", "512"),
            config('"Memory=512"'),
            "is no parameter at template.yaml:10",
        ),
        (
            TEMPLATE.replace("handler", "handler\n      Timeout: !Ref Memory"),
            config('"Memory=512"'),
            "is shared with",
        ),
    ],
)
def test_what_it_does_not_decide_is_refused(folder, template, text, expected):
    (folder / "template.yaml").write_text(template)
    (folder / "samconfig.toml").write_text(text)
    with pytest.raises(UsageError, match=expected):
        plan_for(folder / "samconfig.toml")


def test_the_same_value_is_no_change(folder):
    (folder / "samconfig.toml").write_text(config('"Memory=1024"'))
    plan = plan_for(folder / "samconfig.toml")
    assert ((), plan.before) == (plan.changes, plan.after)
