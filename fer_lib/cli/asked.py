"""What a profile asks of a notebook, without running it."""

import ast
from pathlib import Path

import nbformat
import yaml

from .graph import checked_root


def asked_parameters(profile: str, notebook: str) -> dict:
    """The values of the notebook's parameters cell, and over them the profile's.

    Raises:
        InputError: no such profile.
    """
    folder = checked_root(profile) / "notebooks"
    return {**_declared(folder / f"{notebook}.ipynb"), "profile": profile, **profile_parameters(profile, notebook)}


def profile_parameters(profile: str, notebook: str) -> dict:
    """The profile's alone."""
    path = checked_root(profile) / "notebooks" / "profiles" / f"{profile}.yaml"
    entry = yaml.safe_load(path.read_text(encoding="utf-8"))["notebooks"][notebook]
    return (entry or {}).get("parameters") or {}


def _declared(notebook: Path) -> dict:
    cells = nbformat.read(notebook, as_version=4).cells
    sources = [cell.source for cell in cells if "parameters" in cell.metadata.get("tags", [])]
    return {line.targets[0].id: ast.literal_eval(line.value) for source in sources for line in ast.parse(source).body}
