"""Random templates, and templates with random damage."""

import io
import json
import random
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tuner.apply import Scope, Setting, plan_changes
from tuner.errors import UsageError

FOLDER = Path(__file__).parents[1] / "fixtures" / "templates"
TEMPLATES = sorted(path.name for path in FOLDER.iterdir() if path.is_file())
KEYS = {Setting.MEMORY: "MemorySize", Setting.TIMEOUT: "Timeout"}
WISHES = {Setting.MEMORY: 1024, Setting.TIMEOUT: 7}
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\u2028\u2029"), max_size=12
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
PROPERTIES = st.fixed_dictionaries(
    {"Handler": st.just("app.handler"), "Description": TEXTS},
    optional={
        "MemorySize": st.integers(128, 10_240),
        "Timeout": st.integers(1, 900),
        "Tags": st.dictionaries(TEXTS, VALUES, max_size=3),
        "Layers": st.lists(TEXTS, max_size=2),
    },
)


def template_of(functions):
    return {
        "Resources": {
            f"Fn{n}": {"Type": "AWS::Lambda::Function", "Properties": properties}
            for n, properties in enumerate(functions)
        }
    }


def expected_from(document):
    copy = json.loads(json.dumps(document))
    copy["Resources"]["Fn0"]["Properties"] |= {KEYS[s]: value for s, value in WISHES.items()}
    return copy


def applied(text, name, wishes=WISHES):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(text.encode())
        return plan_changes(path, "Fn0" if name.startswith("t.") else "Thumbnail", wishes, scope=Scope())


def assert_changed_back(text, name, plan):
    """Where both were there already, the old values give the old bytes."""
    old = {change.setting: change.before for change in plan.changes}
    if old and all(value is not None for value in old.values()):
        assert text.encode() == applied(plan.after.decode(), name, old).after


@QUICK
@given(
    functions=st.lists(PROPERTIES, min_size=1, max_size=3),
    indent=st.sampled_from([None, 0, 1, 4, "\t"]),
    separators=st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : "), (",\r\n ", ":")]),
    ascii_only=st.booleans(),
)
def test_json_says_the_same_but_for_the_settings(functions, indent, separators, ascii_only):
    document = template_of(functions)
    text = json.dumps(document, indent=indent, separators=separators, ensure_ascii=ascii_only)
    plan = applied(text, "t.json")
    assert expected_from(document) == json.loads(plan.after)
    assert_changed_back(text, "t.json", plan)


@QUICK
@given(
    functions=st.lists(PROPERTIES, min_size=1, max_size=3),
    flow=st.sampled_from([None, False, True]),
    indent=st.sampled_from([2, 3, 4]),
    crlf=st.booleans(),
    seed=st.integers(0, 99),
)
def test_yaml_says_the_same_but_for_the_settings(functions, flow, indent, crlf, seed):
    document = template_of(functions)
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style, yaml.indent, yaml.allow_unicode = flow, indent, True
    stream = io.StringIO()
    yaml.dump(document, stream)
    chance = random.Random(seed)
    lines = [
        line + (" # Timeout: 1" if chance.random() < 0.2 and plain(line) else "")
        for line in stream.getvalue().splitlines()
    ]
    text = "\n".join(lines) + chance.choice(["", "\n", "\n\n# end"])
    text = text.replace("\n", "\r\n") if crlf else text
    assume(document == loaded(text))  # a comment may have hit the middle of something
    plan = applied(text, "t.yaml")
    assert expected_from(document) == loaded(plan.after.decode())
    if flow is False:
        replaced = [change for change in plan.changes if change.before is not None]
        lost = Counter(text.splitlines()) - Counter(plan.after.decode().splitlines())
        assert len(replaced) == lost.total()
    assert_changed_back(text, "t.yaml", plan)


def loaded(text):
    try:
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        return None


def plain(line):
    """Whether a comment can follow: the line ends a plain value or a key."""
    return line.strip().isascii() and line.rstrip().replace(":", "").replace(" ", "").isalnum()


@example(name="sam-comments.yaml", place=0.2421875, length=4, put="\r>")  # comments around a line
@QUICK
@given(
    name=st.sampled_from(TEMPLATES),
    place=st.floats(0, 1),
    length=st.integers(0, 30),
    put=st.text(st.sampled_from(list("{}[]:,#&*!|>-'\"\\$ \t\r\n0aé=<?%@`")), max_size=4),
)
def test_a_damaged_template_is_changed_rightly_or_refused(name, place, length, put):
    text = (FOLDER / name).read_text(encoding="utf-8")
    start = int(place * len(text))
    damaged = text[:start] + put + text[start + length :]
    try:
        plan = applied(damaged, name)
    except UsageError as error:
        assert error.hint, error.message
    else:
        again = applied(plan.after.decode(), name)
        assert ((), again.before) == (again.changes, again.after)


@pytest.mark.parametrize("name", ["a.yaml", "a.json", "a.tf", "a.toml", "a.ts"])
@QUICK
@given(content=st.binary(max_size=60))
def test_bytes_without_meaning_are_refused(name, content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        with pytest.raises(UsageError):
            plan_changes(path, "Thumbnail", WISHES, scope=Scope())
