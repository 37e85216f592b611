"""Writing: in one step, with the file's mode, and never over somebody else's change."""

import stat
from pathlib import Path

import pytest

from tuner.apply import Scope, Setting, plan_changes, write_plan
from tuner.errors import UsageError
from tuner.platforms.local.template import read_function
from tuner.records import FunctionSettings

TEMPLATES = Path(__file__).parents[1] / "fixtures" / "templates"
TEXT = "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties: {MemorySize: 512}\n"


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "t.yaml"
    made.write_text(TEXT)
    return made


def plan_for(path):
    return plan_changes(path, "F", {Setting.MEMORY: 1024}, scope=Scope())


def test_the_mode_is_kept_and_nothing_is_left_beside(path):
    path.chmod(0o640)
    write_plan(plan_for(path))
    assert TEXT.replace("512", "1024") == path.read_text()
    assert 0o640 == stat.S_IMODE(path.stat().st_mode)
    assert ["t.yaml"] == [p.name for p in path.parent.iterdir()]


@pytest.mark.parametrize("name", ["sam-plain.yaml", "sam-globals-override.yaml", "sam-explicit-keys.yaml"])
def test_the_next_local_run_starts_from_what_was_written(name, tmp_path):
    path = tmp_path / name
    path.write_bytes((TEMPLATES / name).read_bytes())
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("def handler(event, context):\n    return event\n")
    wishes = {Setting.MEMORY: 1024, Setting.TIMEOUT: 7}
    write_plan(plan_changes(path, "Thumbnail", wishes, scope=Scope()))
    assert FunctionSettings(memory_mb=1024, timeout_s=7) == read_function(path, "Thumbnail").settings


def test_a_link_stays_a_link(path):
    link = path.with_name("link.yaml")
    link.symlink_to(path)
    write_plan(plan_for(link))
    assert link.is_symlink()
    assert TEXT.replace("512", "1024") == path.read_text()


def test_a_file_that_has_changed_meanwhile_is_left_as_it_is(path):
    plan = plan_for(path)
    path.write_text(TEXT + "# somebody else\n")
    with pytest.raises(UsageError, match="has changed since it was read"):
        write_plan(plan)
    assert TEXT + "# somebody else\n" == path.read_text()


def test_a_file_that_is_gone_is_not_made_again(path):
    plan = plan_for(path)
    path.unlink()
    with pytest.raises(UsageError, match="cannot read"):
        write_plan(plan)
    assert [] == [p.name for p in path.parent.iterdir()]
