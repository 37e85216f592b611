"""Another revision of the code beside the one at work: a git worktree, for as long as it is needed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tuner.errors import UsageError


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit, checked out: `root` is where the folder that was asked for is in it."""

    name: str
    commit: str
    root: Path


@contextmanager
def checked_out(folder: Path, name: str) -> Iterator[Revision]:
    """The folder as it is in another revision of its repository.

    Args:
        folder: a folder of a git repository.
        name: a branch, tag, commit or expression like `HEAD~1`.

    Raises:
        UsageError: there is no git, no repository, no such revision, or no such folder in it.
    """
    top = Path(_git(folder, "rev-parse", "--show-toplevel"))
    commit = _commit(folder, name)
    with tempfile.TemporaryDirectory(prefix="tuner-") as temporary:
        tree = Path(temporary) / "base"
        _git(top, "worktree", "add", "--quiet", "--detach", str(tree), commit)
        try:
            root = tree / folder.resolve().relative_to(top.resolve())
            if not root.is_dir():
                raise UsageError(
                    f"there is no folder '{root.relative_to(tree)}' in {name}", "name another revision"
                )
            yield Revision(name, commit, root)
        finally:
            # Whatever a function has written beside its code goes with the tree.
            shutil.rmtree(tree, ignore_errors=True)
            _git(top, "worktree", "prune")


def current_commit(folder: Path) -> str | None:
    """The commit that a folder is at; None outside of a repository."""
    try:
        return _git(folder, "rev-parse", "HEAD")
    except UsageError:
        return None


def usual_base(folder: Path) -> str:
    """What a change is usually compared with: where its branch left the main one; of work that is not
    committed the last commit, and of the main branch itself the commit before.
    """
    head = current_commit(folder)
    for main in ("origin/HEAD", "origin/main", "origin/master", "main", "master"):
        try:
            base = _git(folder, "merge-base", "HEAD", main)
        except UsageError:
            continue
        if base != head:
            return base[:12]
    if _git(folder, "status", "--porcelain", "--untracked-files=no"):
        return "HEAD"
    has_parent = _git(folder, "rev-list", "--max-count=2", "HEAD").count("\n") == 1
    return "HEAD~1" if has_parent else "HEAD"


def _commit(folder: Path, name: str) -> str:
    # A name that begins with a dash would be an option of git's.
    if not name.startswith("-"):
        try:
            return _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        except UsageError:
            pass
    raise UsageError(
        f"git knows no revision '{name}' here",
        "fetch it first: git fetch origin BRANCH; in a CI checkout, fetch-depth: 0",
    )


def _git(folder: Path, *arguments: str) -> str:
    try:
        ran = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError as error:
        raise UsageError("git is not installed", "install it, or compare saved runs instead") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip().splitlines()
        raise UsageError(f"git {arguments[0]} failed: {said[-1] if said else 'no reason given'}") from error
    return ran.stdout.strip()
