"""Code as cards name it, beside the code of a checkout made here."""

import subprocess

import pytest

from fer_lib.artifacts import revisions
from fer_lib.artifacts.revisions import code_change

PATHS = ("lib", "lock.txt")


def git(root, *words):
    done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A repository of one commit with lib/a.py, notes.md and lock.txt; returns its folder and the commit."""
    (tmp_path / "lib").mkdir()
    for name in ("lib/a.py", "notes.md", "lock.txt"):
        (tmp_path / name).write_text("1\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "one")
    monkeypatch.setattr(revisions, "ROOT", tmp_path)
    revisions._changed_files.cache_clear()
    yield tmp_path, git(tmp_path, "rev-parse", "HEAD")
    revisions._changed_files.cache_clear()


def card(commit, dirty=False):
    return {"revision": commit, "dirty": dirty}


def test_code_that_is_the_same(checkout):
    root, commit = checkout
    (root / "notes.md").write_text("2\n")  # not asked about
    assert code_change(card(commit), PATHS) is None


def test_one_file_is_named_and_more_are_counted(checkout):
    root, commit = checkout
    (root / "lock.txt").write_text("2\n")
    assert code_change(card(commit), PATHS) == f"made by {commit[:10]}, since when lock.txt has changed"
    (root / "lib" / "new.py").write_text("1\n")  # not even added
    revisions._changed_files.cache_clear()
    assert code_change(card(commit), PATHS) == f"made by {commit[:10]}, since when 2 files have changed: lib/new.py …"


def test_local_changes_cannot_be_compared(checkout):
    _, commit = checkout
    assert code_change(card(commit, dirty=True), PATHS).endswith("with local changes, which nobody can compare")


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"revision": "v2", "dirty": None}, "made by v1, the code is now v2"),
        ({"revision": "v1", "dirty": None}, None),
        ({"revision": "v1", "dirty": True}, "made by v1, the code is now v1"),
    ],
)
def test_revisions_are_compared_where_the_commit_is_not_known(checkout, monkeypatch, now, said):
    monkeypatch.setattr(revisions, "revision", lambda: now)
    assert code_change(card("v1", dirty=None), PATHS) == said


def test_two_unknown_revisions_are_not_taken_for_one(checkout, monkeypatch):
    monkeypatch.setattr(revisions, "revision", lambda: {"revision": "unknown", "dirty": None})
    assert code_change(card("unknown", dirty=None), PATHS) == "made by unknown, the code is now unknown"
