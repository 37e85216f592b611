"""What cannot be changed safely is refused with a sentence that names the place; the file stays."""

import pytest

from tuner.apply import Scope, Setting, plan_changes
from tuner.errors import UsageError

WISHES = {Setting.MEMORY: 1024}


def sam(memory, *, head="", more="", tail=""):
    return (
        f"Transform: AWS::Serverless-2016-10-31\n{head}Resources:\n  Thumbnail:\n"
        "    Type: AWS::Serverless::Function\n    Properties:\n      Handler: app.handler\n"
        f"      MemorySize: {memory}\n{more}{tail}"
    )


OTHER = "  Other:\n    Type: AWS::Serverless::Function\n    Properties:\n      MemorySize: "
PARAMETER = "Parameters:\n  Memory:\n    Type: Number\n"


def tf(lines):
    return f'resource "aws_lambda_function" "Thumbnail" {{\n  handler = "app.handler"\n{lines}\n}}\n'


REFUSED = {
    "a reference to nothing": ("t.yaml", sam("!Ref Memory"), "computed by !Ref at t.yaml:7"),
    "a parameter without a default": (
        "t.yaml",
        sam("!Ref Memory", head=PARAMETER),
        "from the parameter Memory (t.yaml:4), which has no default",
    ),
    "a parameter that is kept elsewhere": (
        "t.yaml",
        sam(
            "!Ref Memory",
            head="Parameters:\n  Memory: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /memory}\n",
        ),
        "which Parameter Store holds",
    ),
    "a parameter that is used twice": (
        "t.yaml",
        sam("!Ref Memory", head=PARAMETER + "    Default: 512\n", more=OTHER + "!Ref Memory\n"),
        "also change Resources.Other.Properties.MemorySize (t.yaml:15)",
    ),
    "a parameter in a text": (
        "t.yaml",
        sam(
            "!Ref Memory",
            head=PARAMETER + "    Default: 512\n",
            tail="Outputs:\n  M:\n    Value: !Sub 'it has ${Memory} MB'\n",
        ),
        "also change Outputs.M.Value (t.yaml:14)",
    ),
    "a parameter with a list of values": (
        "t.yaml",
        sam("!Ref Memory", head=PARAMETER + "    Default: 512\n    AllowedValues: [512, 768]\n"),
        "the parameter Memory (t.yaml:4) does not allow 1024",
    ),
    "a parameter with a limit": (
        "t.yaml",
        sam("!Ref Memory", head=PARAMETER + "    Default: 512\n    MaxValue: 768\n"),
        "has MaxValue 768, and 1024 is beyond it",
    ),
    "a substitution": ("t.yaml", sam("!Sub '${Memory}'"), "computed by !Sub at t.yaml:7"),
    "a condition": ("t.yaml", sam("!If [IsLive, 1024, 512]"), "computed by !If at t.yaml:7"),
    "a condition in the long form": (
        "t.yaml",
        sam("\n        Fn::If: [IsLive, 1024, 512]"),
        "computed by Fn::If at t.yaml:8",
    ),
    "a lookup": ("t.yaml", sam("!FindInMap [Sizes, live, memory]"), "computed by !FindInMap at t.yaml:7"),
    "computed properties": (
        "t.yaml",
        "Resources:\n  Thumbnail:\n    Type: AWS::Lambda::Function\n    Properties: !If [A, {}, {}]\n",
        "the Properties of Thumbnail are computed by !If at t.yaml:4",
    ),
    "no properties": (
        "t.yaml",
        "Resources:\n  Thumbnail:\n    Type: AWS::Lambda::Function\n",
        "has no Properties at t.yaml:2",
    ),
    "properties that are included": (
        "t.yaml",
        sam("512\n      Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/properties.yaml}}"),
        "the Properties of Thumbnail are computed by Fn::Transform at t.yaml:6",
    ),
    "empty properties": (
        "t.yaml",
        "Resources:\n  Thumbnail:\n    Type: AWS::Lambda::Function\n    Properties:\n",
        "the Properties of Thumbnail are empty at t.yaml:5",
    ),
    "resources that are included": (
        "t.yaml",
        "Resources:\n  Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/resources.yaml}}\n",
        "resources are included at t.yaml:2: apply to that file",
    ),
    "a default that is computed": (
        "t.yaml",
        sam("", head="Globals: {Function: {MemorySize: !If [IsLive, 1024, 512]}}\n").replace(
            "      MemorySize: \n", ""
        ),
        "MemorySize of Thumbnail is computed by !If at t.yaml:2",
    ),
    "a scalar that is merged in": (
        "t.yaml",
        "x: &x 512\n" + sam("*x\n      <<: *x"),
        "also change Resources.Thumbnail.Properties.<<, x",
    ),
    "an anchor that others use": (
        "t.yaml",
        sam("&memory 512", more=OTHER + "*memory\n"),
        "also change Resources.Other.Properties.MemorySize",
    ),
    "properties that others use": (
        "t.yaml",
        "Resources:\n  Thumbnail: &f\n    Type: AWS::Lambda::Function\n    Properties:\n      Handler: a.b\n"
        "  Other: *f\n",
        "also change Resources.Other.Properties",
    ),
    "no number": ("t.yaml", sam("512MB"), "MemorySize of Thumbnail at t.yaml:7 is no whole number"),
    "an old octal number": ("t.yaml", sam("0512"), "is no whole number"),
    "a fraction": ("t.yaml", sam("512.0"), "is no whole number"),
    "nothing": ("t.yaml", sam(""), "is no whole number"),
    "a block of text": ("t.yaml", sam("|\n        512"), "is no whole number"),
    "an escaped number": ("t.yaml", sam(r'"\x3512"'), "cannot be edited"),
    "two documents": ("t.yaml", sam("512") + "---\n" + sam("512"), "it holds more than one document"),
    "a key twice": (
        "t.yaml",
        sam("512\n      MemorySize: 256"),
        "line 8 has the key 'MemorySize' for the second",
    ),
    "a key that is a list": ("t.yaml", "? [a, b]\n: c\n" + sam("512"), "a key that is not plain text"),
    "a tab as indent": ("t.yaml", "Resources:\n\tThumbnail: 1\n", "not valid YAML at line 2"),
    "an unknown alias": ("t.yaml", sam("*memory"), "not valid YAML"),
    "an alias to itself": ("t.yaml", "a: &a [*a]\n" + sam("512"), "alias leads to itself"),
    "control characters": ("t.yaml", sam("512 # \x07"), "characters that YAML does not allow"),
    "nothing at all": ("t.yaml", "# only a comment\n", "it is empty"),
    "a list": ("t.yaml", "- a\n- b\n", "neither Resources nor functions"),
    "a plain word": ("t.yaml", "hello\n", "neither Resources nor functions"),
    "JSON with comments": ("t.json", '{"Resources": {} // none\n}', "not valid JSON"),
    "JSON with a comma too many": ("t.json", '{"Resources": {"a": 1,}}', "not valid JSON"),
    "JSON with a key twice": (
        "t.json",
        '{"Resources": {"a": 1},\n "Resources": {}}',
        "line 2 has the key 'Resources' for the second time",
    ),
    "JSON that is too deep": ("t.json", '{"Resources": ' + "[" * 300 + "]" * 300 + "}", "nested too deeply"),
    "JSON that is far too deep": ("t.json", "[" * 100_000, "nested too deeply"),
    "JSON that computes": (
        "t.json",
        '{"Resources": {"Thumbnail": {"Type": "AWS::Lambda::Function", "Properties":\n'
        '{"MemorySize": {"Fn::If": ["A", 1, 2]}}}}}',
        "computed by Fn::If at t.json:2",
    ),
    "a loop": (
        "t.yaml",
        "Resources:\n  Fn::ForEach::All:\n    - N\n    - [A]\n    - F${N}: {Type: AWS::Lambda::Function}\n",
        "t.yaml has no function",
    ),
    "a variable of the service": (
        "serverless.yml",
        "provider: {name: aws}\ncustom:\n  memory: 512\nfunctions:\n  Thumbnail:\n"
        "    handler: a.b\n    memorySize: ${self:custom.memory}\n",
        "edit it by hand at serverless.yml:3",
    ),
    "a variable of the stage": (
        "serverless.yml",
        "functions:\n  Thumbnail:\n    handler: a.b\n    memorySize: ${param:memory}\n",
        "computed at serverless.yml:4",
    ),
    "functions in another file": (
        "serverless.yml",
        "provider: {name: aws}\nfunctions: ${file(functions.yml)}\n",
        "the functions are not in this file (serverless.yml:2)",
    ),
    "lists of functions in other files": (
        "serverless.yml",
        "provider: {name: aws}\nfunctions:\n  - ${file(a.yml)}\n  - ${file(b.yml)}\n",
        "more are in ${file(a.yml)}, ${file(b.yml)}",
    ),
    "services of several": ("serverless-compose.yml", "services: {a: {path: a}}\n", "nor functions"),
    "a function in another file": (
        "serverless.yml",
        "functions:\n  Thumbnail: ${file(thumbnail.yml)}\n",
        "Thumbnail is not defined at serverless.yml:2",
    ),
    "a variable of Terraform": (
        "main.tf",
        tf("  memory_size = var.memory") + 'variable "memory" {\n  default = 512\n}\n',
        "edit it by hand at main.tf:5",
    ),
    "a local value": (
        "main.tf",
        tf("  memory_size = local.memory * 2") + "locals {\n  memory = 512\n}\n",
        "edit it by hand at main.tf:6",
    ),
    "a choice": ("main.tf", tf("  memory_size = var.live ? 1024 : 512"), "computed by var.live ? 1024 : 512"),
    "a text with a variable": ("main.tf", tf('  memory_size = "${var.memory}"'), "is computed by"),
    "several from one block": (
        "main.tf",
        tf("  for_each = toset([1])\n  memory_size = 512"),
        "every function of its for_each (main.tf:3)",
    ),
    "a count": ("main.tf", tf("  count = 3\n  memory_size = 512"), "every function of its count (main.tf:3)"),
    "a block in one line": (
        "main.tf",
        'resource "aws_lambda_function" "Thumbnail" { handler = "a.b" }\n',
        "cannot be edited",
    ),
    "an empty block": ("main.tf", 'resource "aws_lambda_function" "Thumbnail" {\n}\n', "cannot be edited"),
    "a property twice": ("main.tf", tf("  memory_size = 1\n  memory_size = 2"), "line 4 has the key"),
    "broken Terraform": ("main.tf", tf("  memory_size = = 1"), "not valid HCL at line 3"),
    "an open brace": ("main.tf", 'resource "aws_lambda_function" "Thumbnail" {\n', "not valid HCL"),
    "an expression in Terraform's JSON": (
        "main.tf.json",
        '{"resource": {"aws_lambda_function": {"Thumbnail":\n{"memory_size": "${var.memory}"}}}}',
        "memory_size of Thumbnail is computed by ${var.memory} at main.tf.json:2",
    ),
    "Terraform's JSON without a function": (
        "main.tf.json",
        '{"module": {"a": {}}}',
        "module a (main.tf.json:1)",
    ),
    "Terraform's JSON that is a list": ("main.tf.json", "[]", "main.tf.json has no function"),
    "a count in Terraform's JSON": (
        "main.tf.json",
        '{"resource": [{"aws_lambda_function": [{"Thumbnail": [{"count": 2, "memory_size": 512}]}]}]}',
        "every function of its count (main.tf.json:1)",
    ),
    "a module": (
        "main.tf",
        'module "thumbnail" {\n  source = "terraform-aws-modules/lambda/aws"\n  memory_size = 512\n}\n',
        "module thumbnail (main.tf:1) may define more: apply to its files, or edit by hand",
    ),
    "a text in lines": ("main.tf", tf("  memory_size = <<EOT\n512\nEOT"), "computed by <<EOT 512 EOT"),
    "no value": ("main.tf", tf("  memory_size = null"), "computed by null at main.tf:3"),
    "Terraform that is too deep": (
        "main.tf",
        tf("  memory_size = 512") + f"locals {{\n  a = {'[' * 300 + ']' * 300}\n}}\n",
        "nested too deeply",
    ),
    "another format": ("notes.txt", "MemorySize: 512", "of no format that can be edited"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_with_the_place_and_what_to_do(case, tmp_path):
    name, text, expected = REFUSED[case]
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError) as refused:
        plan_changes(tmp_path / name, "Thumbnail", WISHES, scope=Scope())
    assert expected in f"{refused.value.message}; {refused.value.hint}"
    assert refused.value.hint
    assert len(refused.value.message) < 500


@pytest.mark.parametrize(
    "content",
    ["Resources: {}\n".encode("utf-16"), b"Resources: \xff\n", b"\0\0", b" " * (6 * 1024 * 1024)],
    ids=["UTF-16", "no UTF-8", "zeros", "too large"],
)
def test_what_is_no_text_is_refused(content, tmp_path):
    path = tmp_path / "t.yaml"
    path.write_bytes(content)
    with pytest.raises(UsageError):
        plan_changes(path, "Thumbnail", WISHES, scope=Scope())


def test_aliases_that_multiply_are_refused_at_once(tmp_path):
    path = tmp_path / "t.yaml"
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    path.write_text("\n".join(lines) + "\n" + sam("512"))
    with pytest.raises(UsageError, match="aliases multiply"):
        plan_changes(path, "Thumbnail", WISHES, scope=Scope())


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        plan_changes(tmp_path / "none.yaml", "Thumbnail", WISHES, scope=Scope())


def test_all_that_is_refused_is_said_at_once(tmp_path):
    path = tmp_path / "t.yaml"
    path.write_text(sam("!Sub x\n      Timeout: !Sub y"))
    with pytest.raises(UsageError, match=r"MemorySize .* t.yaml:7; Timeout .* t.yaml:8"):
        plan_changes(path, "Thumbnail", {**WISHES, Setting.TIMEOUT: 3}, scope=Scope())


@pytest.mark.parametrize("listed", ["[arm64, x86_64]", "[]"])
def test_a_list_of_other_than_one_is_refused(listed, tmp_path):
    path = tmp_path / "t.yaml"
    path.write_text(sam(f"512\n      Architectures: {listed}"))
    with pytest.raises(UsageError, match=r"Architectures of Thumbnail is a list at t.yaml:8"):
        plan_changes(path, "Thumbnail", {Setting.ARCHITECTURE: "arm64"}, scope=Scope())


def test_a_list_behind_a_parameter_is_changed_at_its_default(tmp_path):
    path = tmp_path / "t.yaml"
    text = sam("512", head="Parameters:\n  Kind: {Type: String, Default: x86_64, MinValue: 1}\n")
    text += "      Architectures: [!Ref Kind]\n"
    path.write_text(text)
    plan = plan_changes(path, "Thumbnail", {Setting.ARCHITECTURE: "arm64"}, scope=Scope())
    assert text.replace("x86_64", "arm64").encode() == plan.after


@pytest.mark.parametrize("case", ["an anchor that others use", "a parameter that is used twice"])
def test_what_is_shared_is_changed_when_all_are_meant(case, tmp_path):
    name, text, _ = REFUSED[case]
    (tmp_path / name).write_text(text)
    plan = plan_changes(tmp_path / name, "Thumbnail", WISHES, scope=Scope(shared=True))
    assert text.replace("512", "1024").encode() == plan.after
