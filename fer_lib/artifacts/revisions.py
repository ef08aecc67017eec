"""Whether code is still what a card was written by."""

import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from .cards import _git, revision

ROOT = Path(__file__).resolve().parents[2]


def code_change(card: dict, paths: Sequence[str]) -> str | None:
    """What has happened to the files below `paths` (from the root of the code) since `card` was written.

    Files are compared where this is a checkout that has the card's commit, else revisions.

    Returns:
        One sentence, ``"made by 01881b36e8, since when 12 files have changed: fer_lib/cli/graph.py …"``, or None where
        the code is the same.
    """
    made = f"made by {card['revision'][:10]}"
    if card["dirty"]:
        return f"{made} with local changes, which nobody can compare"
    changed = _changed_files(card["revision"], tuple(paths))
    if changed is None:
        now = revision()
        same = now["revision"] == card["revision"] != "unknown" and not now["dirty"]
        return None if same else f"{made}, the code is now {now['revision'][:10]}"
    if not changed:
        return None
    count = f"{len(changed)} files have changed: {changed[0]} …" if len(changed) > 1 else f"{changed[0]} has changed"
    return f"{made}, since when {count}"


@cache
def _changed_files(commit: str, paths: tuple[str, ...]) -> list[str] | None:
    """Files that are otherwise in the working tree than in `commit`; None where git cannot tell."""
    try:
        _git(ROOT, "cat-file", "-e", f"{commit}^{{commit}}")
        tracked = _git(ROOT, "diff", "--name-only", commit, "--", *paths)
        new = _git(ROOT, "ls-files", "--others", "--exclude-standard", "--", *paths)
    except (OSError, subprocess.CalledProcessError):
        return None
    return sorted({*tracked.splitlines(), *new.splitlines()})
