"""Provisioned concurrency belongs to a version or an alias, so each format keeps it in another place."""

from pathlib import Path

import pytest

from tuner.apply import Scope, Setting, plan_changes
from tuner.errors import UsageError

FOLDER = Path(__file__).parents[1] / "fixtures" / "templates"
SAM = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Thumbnail:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
"""
ALIAS = """\
  Live:
    Type: AWS::Lambda::Alias
    Properties:
      Name: live
      FunctionName: NAMED
"""
PLAIN = "Resources:\n  Thumbnail: {Type: AWS::Lambda::Function, Properties: {FunctionName: pictures}}\n"
FUNCTION = 'resource "aws_lambda_function" "Thumbnail" {\n  function_name = "pictures"\n}\n'
CONFIG = """\
resource "aws_lambda_provisioned_concurrency_config" "a" {
  function_name                     = NAMED
  qualifier                         = "live"
  provisioned_concurrent_executions = 2
}
"""
TF_ALIAS = 'resource "aws_lambda_alias" "live" {\n  function_name = aws_lambda_function.Thumbnail.arn\n}\n'


@pytest.fixture
def plan_for(tmp_path):
    def plan(text, name="t.yaml", *, shared=False):
        (tmp_path / name).write_text(text)
        wishes = {Setting.PROVISIONED_CONCURRENCY: 9}
        return plan_changes(tmp_path / name, "Thumbnail", wishes, scope=Scope(shared=shared))

    return plan


@pytest.mark.parametrize(
    "name", ["sam-version-alias.yaml", "cfn-alias.yaml", "provisioned.tf", "serverless-full.yml"]
)
def test_what_is_there_is_changed_in_its_place(name, plan_for):
    text = (FOLDER / name).read_text()
    old = {"serverless-full.yml": "provisionedConcurrency: 2"}.get(name)
    old = old or next(line for line in text.splitlines() if "rovisioned" in line and "5" in line)
    new = old.replace("5", "9") if "5" in old else old.replace("2", "9")
    plan = plan_for(text, name)
    assert text.replace(old, new).encode() == plan.after
    assert plan.changes[0].before in (5, 2)
    assert () == plan_for(plan.after.decode(), name).changes


def test_sam_gets_it_where_it_makes_an_alias(plan_for):
    added = "      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 9}\n"
    text = SAM + "      AutoPublishAlias: live\n"
    plan = plan_for(text)
    assert SAM + added + "      AutoPublishAlias: live\n" == plan.after.decode()
    assert "ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions" == ".".join(
        plan.changes[0].path[-2:]
    )
    text = SAM.replace("Resources", "Globals: {Function: {AutoPublishAlias: live}}\nResources")
    assert text + added == plan_for(text).after.decode()
    text = SAM + "      AutoPublishAlias: live\n      ProvisionedConcurrencyConfig: {}\n"
    assert text.replace("{}", "{ProvisionedConcurrentExecutions: 9}") == plan_for(text).after.decode()


def test_a_default_of_sam_that_others_share_is_left_to_them(plan_for):
    config = "ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 2}"
    text = SAM.replace("Resources", f"Globals: {{Function: {{AutoPublishAlias: live, {config}}}}}\nResources")
    assert text.replace("2}", "9}") == plan_for(text).after.decode()
    text += "  Other: {Type: AWS::Serverless::Function, Properties: {Handler: b.c}}\n"
    assert text.replace("2}", "9}") == plan_for(text, shared=True).after.decode()
    assert text.replace("p.handler\n", f"p.handler\n      {config.replace('2', '9')}\n") == (
        plan_for(text).after.decode()
    )


@pytest.mark.parametrize(
    "named",
    [
        "!Ref Thumbnail",
        "{Ref: Thumbnail}",
        "!GetAtt Thumbnail.Arn",
        "!GetAtt [Thumbnail, Arn]",
        "{Fn::GetAtt: [Thumbnail, Arn]}",
        "!Sub ${Thumbnail.Arn}",
        "{Fn::Sub: '${Thumbnail}'}",
        "pictures",
    ],
)
def test_an_alias_of_cloudformation_names_its_function(named, plan_for):
    text = PLAIN + ALIAS.replace("NAMED", named)
    added = "      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 9}\n"
    assert text + added == plan_for(text).after.decode()


def test_a_version_has_it_where_there_is_no_alias(plan_for):
    text = PLAIN + ALIAS.replace("NAMED", "!Ref Thumbnail").replace("Alias", "Version")
    assert ("Resources", "Live", "Properties") == plan_for(text).changes[0].path[:3]
    text += ALIAS.replace("NAMED", "!Ref Thumbnail").replace("Live", "Alias")
    assert ("Resources", "Alias", "Properties") == plan_for(text).changes[0].path[:3]


@pytest.mark.parametrize(
    "named",
    [
        "aws_lambda_function.Thumbnail.function_name",
        "aws_lambda_alias.live.function_name",
        "aws_lambda_function.Thumbnail[0].arn",
        '"${aws_lambda_function.Thumbnail.function_name}"',
        '"pictures"',
    ],
)
def test_a_block_of_terraform_names_its_function(named, plan_for):
    text = FUNCTION + TF_ALIAS + CONFIG.replace("NAMED", named)
    assert text.replace("= 2", "= 9") == plan_for(text, "main.tf").after.decode()


def test_the_json_of_terraform_has_it_too(plan_for):
    text = (
        '{"resource": {"aws_lambda_function": {"Thumbnail": {}},\n'
        '"aws_lambda_provisioned_concurrency_config": {"a": {\n'
        '"function_name": "${aws_lambda_function.Thumbnail.arn}", "provisioned_concurrent_executions": 2}}}}'
    )
    assert text.replace("2}", "9}") == plan_for(text, "main.tf.json").after.decode()


REFUSED = {
    "SAM without an alias": (SAM, "Thumbnail has no AutoPublishAlias (t.yaml:3)"),
    "no alias": (PLAIN, "Thumbnail has no AWS::Lambda::Alias (t.yaml:2)"),
    "an alias of another": (PLAIN + ALIAS.replace("NAMED", "!Ref Other"), "no AWS::Lambda::Alias"),
    "an alias of something computed": (
        PLAIN + ALIAS.replace("NAMED", "!If [A, b, c]"),
        "no AWS::Lambda::Alias",
    ),
    "an alias of nothing": (PLAIN + ALIAS.replace("NAMED", "''"), "no AWS::Lambda::Alias"),
    "several aliases": (
        PLAIN + "".join(ALIAS.replace("NAMED", "!Ref Thumbnail").replace("Live", f"Live{n}") for n in (1, 2)),
        "several of AWS::Lambda::Alias: Live1 (t.yaml:3), Live2 (t.yaml:8)",
    ),
    "a condition": (
        SAM + "      AutoPublishAlias: live\n      ProvisionedConcurrencyConfig: !If [A, {}, {}]\n",
        "the ProvisionedConcurrencyConfig of Thumbnail is computed by !If at t.yaml:8",
    ),
    "a condition in the long form": (
        SAM + "      AutoPublishAlias: live\n      ProvisionedConcurrencyConfig: {Fn::If: [A, {}, {}]}\n",
        "computed by Fn::If at t.yaml:8",
    ),
    "a number that is computed": (
        SAM
        + "      AutoPublishAlias: live\n"
        + "      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: !Sub '${N}'}\n",
        "ProvisionedConcurrentExecutions of Thumbnail is computed by !Sub at t.yaml:8",
    ),
}
REFUSED_TERRAFORM = {
    "no block": (FUNCTION + TF_ALIAS, "has no aws_lambda_provisioned_concurrency_config (main.tf:1)"),
    "a block of another": (
        FUNCTION + CONFIG.replace("NAMED", "aws_lambda_function.Thumbnail2.arn"),
        "has no",
    ),
    "an unknown alias": (FUNCTION + CONFIG.replace("NAMED", "aws_lambda_alias.live.arn"), "has no"),
    "a variable": (FUNCTION + CONFIG.replace("NAMED", "var.name"), "has no"),
    "several blocks": (
        FUNCTION + CONFIG.replace("NAMED", '"pictures"') + CONFIG.replace("NAMED", '"pictures"'),
        "has several aws_lambda_provisioned_concurrency_config (main.tf:4, main.tf:9)",
    ),
    "a block for several": (
        FUNCTION + CONFIG.replace("NAMED", '"pictures"\n  for_each = var.names'),
        "every function of its for_each (main.tf:6)",
    ),
}


@pytest.mark.parametrize("case", [*REFUSED, *REFUSED_TERRAFORM])
def test_where_nothing_can_have_it_that_is_said(case, plan_for):
    name = "t.yaml" if case in REFUSED else "main.tf"
    text, expected = (REFUSED | REFUSED_TERRAFORM)[case]
    with pytest.raises(UsageError) as refused:
        plan_for(text, name)
    assert expected in refused.value.message
    assert refused.value.hint


def test_a_parameter_of_an_alias_is_set_where_it_is_decided(plan_for, tmp_path):
    text = (
        "Parameters:\n  Ready: {Type: Number, Default: 2}\n"
        + PLAIN
        + ALIAS.replace("NAMED", "!Ref Thumbnail")
    )
    text += "      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: !Ref Ready}\n"
    assert text.replace("2}", "9}") == plan_for(text).after.decode()
    (tmp_path / "template.yaml").write_text(text)
    config = '[default.deploy.parameters]\nparameter_overrides = "Ready=2"\n'
    assert config.replace("=2", "=9") == plan_for(config, "samconfig.toml").after.decode()
