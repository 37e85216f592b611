"""Writing: in one step, with the file's mode, and never over somebody else's change."""

import stat

import pytest

from tuner.apply import Scope, Setting, plan_changes, write_plan
from tuner.errors import UsageError

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
