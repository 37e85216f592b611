"""CDK: programs are not edited; what to set is said for the construct, in its language."""

import json

import pytest

from tuner.apply import Scope, Setting, plan_changes
from tuner.errors import UsageError

WISHES = {
    Setting.MEMORY: 1024,
    Setting.TIMEOUT: 7,
    Setting.ARCHITECTURE: "arm64",
    Setting.RESERVED_CONCURRENCY: 5,
    Setting.PROVISIONED_CONCURRENCY: 2,
}
TYPESCRIPT = """\
import * as lambda from 'aws-cdk-lib/aws-lambda';
export class Pictures extends cdk.Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new nodejs.NodejsFunction(this, 'Audit');
    const thumbnail = new lambda.Function(
      this, "Thumbnail", { memorySize: 512 });
  }
}
"""
PYTHON = 'fn = lambda_.Function(\n    self, "Thumbnail",\n    memory_size=512,\n)\n'


def plan_for(path, name="Thumbnail"):
    return plan_changes(path, name, WISHES, scope=Scope())


def test_typescript_gets_its_properties(tmp_path):
    path = tmp_path / "stack.ts"
    path.write_text(TYPESCRIPT)
    plan = plan_for(path)
    assert plan.advice.startswith("stack.ts:6: Thumbnail: ")
    for line in (
        "memorySize: 1024,",
        "timeout: cdk.Duration.seconds(7),",
        "architecture: lambda.Architecture.ARM_64,",
        "reservedConcurrentExecutions: 5,",
        "provisionedConcurrentExecutions: 2,  // of its lambda.Alias",
    ):
        assert line in plan.advice
    assert "memory_size" not in plan.advice
    assert ((), plan.before) == (plan.changes, plan.after)


def test_python_gets_its_arguments(tmp_path):
    path = tmp_path / "stack.py"
    path.write_text(PYTHON)
    for line in ("stack.py:1", "memory_size=1024,", "timeout=cdk.Duration.seconds(7),"):
        assert line in plan_for(path).advice


def test_a_synthesized_template_names_its_construct(tmp_path):
    path = tmp_path / "Pictures.template.json"
    resource = {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Handler": "index.handler", "MemorySize": 512},
        "Metadata": {"aws:cdk:path": "Pictures/Thumbnail/Resource"},
    }
    path.write_text(json.dumps({"Resources": {"Thumbnail1A2B3C4D": resource}}))
    plan = plan_for(path, "index.handler")
    assert plan.advice.startswith("Pictures/Thumbnail: ")
    assert "memorySize: 1024," in plan.advice
    assert "memory_size=1024," in plan.advice
    assert plan.before == plan.after


def test_a_construct_that_is_not_there_is_refused(tmp_path):
    path = tmp_path / "stack.ts"
    path.write_text(TYPESCRIPT)
    with pytest.raises(UsageError, match="no function construct 'Tumbnail'") as refused:
        plan_for(path, "Tumbnail")
    assert "did you mean Thumbnail?" in refused.value.hint
    path.write_text("export {}\n")
    with pytest.raises(UsageError, match="has no function construct"):
        plan_for(path)
