"""What a notebook of a profile would train, without running the notebook."""

import ast

import nbformat
import yaml

from ..errors import require
from ..studies.residual_masking_parameters import ResidualMaskingStudy
from .graph import checked_root, notebooks_of

NOTEBOOK = ResidualMaskingStudy.notebook


def planned_study(profile: str) -> ResidualMaskingStudy:
    """The parameters of notebook 06 under `profile`: those of its parameters cell, and over them the profile's.

    Raises:
        InputError: no such profile, or one without this notebook; a parameter that the notebook refuses.
    """
    names, folder = notebooks_of(profile), checked_root(profile) / "notebooks"
    require(NOTEBOOK in names, f"profile {profile!r} has no notebook {NOTEBOOK} (has {', '.join(names)})")
    entry = yaml.safe_load((folder / "profiles" / f"{profile}.yaml").read_text(encoding="utf-8"))["notebooks"][NOTEBOOK]
    notebook = nbformat.read(folder / f"{NOTEBOOK}.ipynb", as_version=4)
    (cell,) = (cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    declared = {line.targets[0].id: ast.literal_eval(line.value) for line in ast.parse(cell.source).body}
    return ResidualMaskingStudy.check({**declared, "profile": profile, **((entry or {}).get("parameters") or {})})
