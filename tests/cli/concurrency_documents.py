"""The documents of `tuner concurrency`, held against their schemas."""

import json
from importlib.resources import files

import jsonschema


def document_of(finished, name="concurrency"):
    """What was printed, once its schema has described every key of it."""
    assert 0 == finished.returncode, finished.stderr
    schema = json.loads((files("tuner") / "schemas" / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(finished.stdout)
    jsonschema.validate(document, _closed(schema))
    return document


def _closed(schema):
    """The schema with no key left open: keys may be added, but not without being described."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(part) for key, part in schema.items()}
    if "properties" in closed and "required" in closed:
        closed.setdefault("additionalProperties", False)
    return closed
