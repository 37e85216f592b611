"""Another revision of a folder, in a worktree that goes again."""

import subprocess

import pytest

from tuner.errors import UsageError
from tuner.gating.revisions import checked_out, current_commit


@pytest.fixture
def repository(tmp_path):
    """A repository whose folder `app` said 1 first and says 2 now."""

    def git(*arguments):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        return subprocess.run(
            ["git", "-C", tmp_path, *identity, *arguments], check=True, capture_output=True, text=True
        ).stdout.strip()

    git("init", "--quiet", "--initial-branch", "main")
    app = tmp_path / "app"
    app.mkdir()
    for text in ("1", "2"):
        (app / "code.py").write_text(text)
        git("add", ".")
        git("commit", "--quiet", "-m", text)
    git("tag", "first", "HEAD~1")
    return app, git


def test_the_folder_is_as_it_was_and_the_tree_goes(repository):
    app, git = repository
    with checked_out(app, "first") as base:
        assert "1" == (base.root / "code.py").read_text()
        assert git("rev-parse", "first") == base.commit
        assert "2" == (app / "code.py").read_text()
        (base.root / "written").write_text("by a function")
    assert not base.root.exists()
    assert 1 == len(git("worktree", "list").splitlines())


def test_the_tree_goes_after_an_error_too(repository):
    app, git = repository
    with pytest.raises(ValueError, match="x"), checked_out(app, "HEAD~1"):
        raise ValueError("x")
    assert 1 == len(git("worktree", "list").splitlines())


def test_work_that_is_not_committed_stays_where_it_is(repository):
    app, _ = repository
    (app / "code.py").write_text("3")
    with checked_out(app, "HEAD") as base:
        assert "2" == (base.root / "code.py").read_text()
    assert "3" == (app / "code.py").read_text()


@pytest.mark.parametrize("name", ["nowhere", "--upload-pack=x", "", "first:app"])
def test_a_revision_that_is_none_is_named(repository, name):
    with pytest.raises(UsageError, match=f"no revision '{name}'"), checked_out(repository[0], name):
        pass


def test_a_folder_that_was_not_there_yet_is_named(repository):
    new = repository[0].parent / "new"
    new.mkdir()
    with pytest.raises(UsageError, match="no folder 'new' in first"), checked_out(new, "first"):
        pass


def test_outside_of_a_repository_there_are_no_revisions(tmp_path):
    with pytest.raises(UsageError, match="not a git repository"), checked_out(tmp_path, "HEAD"):
        pass
    assert current_commit(tmp_path) is None
