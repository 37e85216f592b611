"""Telling formats apart: by the name of a file, and where that is not enough by what is in it."""

from __future__ import annotations

from pathlib import Path

from tuner.apply.cloudformation import cloudformation_template
from tuner.apply.document import HCL, JSON, TERRAFORM_JSON, YAML, Document, read_document, read_text
from tuner.apply.serverless import is_included, serverless_template
from tuner.apply.template import Template
from tuner.apply.terraform import terraform_template
from tuner.errors import UsageError

_LANGUAGES = {".yaml": YAML, ".yml": YAML, ".template": YAML, ".json": JSON, ".tf": HCL}


def open_template(path: Path) -> Template:
    """The functions of a file that can be edited. Raises `UsageError`."""
    in_json = path.name.lower().endswith(".tf.json")
    language = TERRAFORM_JSON if in_json else _LANGUAGES.get(path.suffix.lower())
    if language is None:
        raise UsageError(
            f"'{path.name}' is of no format that can be edited",
            "SAM and CloudFormation (.yaml, .yml, .json, .template), serverless.yml, Terraform (.tf, "
            ".tf.json), samconfig.toml; of CDK a .ts, .js or .py file or a synthesized .template.json",
        )
    if path.suffix == ".template" and read_text(path)[1].lstrip().startswith("{"):
        language = JSON
    return template_of(read_document(path, language))


def template_of(document: Document) -> Template:
    """The functions of a document. Raises `UsageError` where it is of another kind."""
    if document.language in (HCL, TERRAFORM_JSON):
        return terraform_template(document)
    if document.root.get("Resources"):
        return cloudformation_template(document)
    root = document.root
    if root.get("functions") or root.get("provider") or is_included(root):
        return serverless_template(document)
    raise UsageError(
        f"'{document.path.name}' has neither Resources nor functions",
        "name a SAM or CloudFormation template, or a serverless.yml",
    )


def find_template(samconfig: Path, named: str | None) -> Template:
    """The template that a samconfig.toml belongs to: the one it names, or the one beside it."""
    names = (named,) if named else ("template.yaml", "template.yml", "template.json")
    found = next((p for p in (samconfig.parent / name for name in names) if p.is_file()), None)
    if found is None:
        raise UsageError(
            f"there is no {' or '.join(names)} for '{samconfig}'", "it is needed to find the parameter"
        )
    return open_template(found)
