"""What a notebook of a profile would train, without running the notebook."""

from ..errors import require
from ..studies.residual_masking_parameters import ResidualMaskingStudy
from .asked import asked_parameters
from .graph import notebooks_of

NOTEBOOK = ResidualMaskingStudy.notebook


def planned_study(profile: str) -> ResidualMaskingStudy:
    """The parameters of notebook 06 under `profile`: those of its parameters cell, and over them the profile's.

    Raises:
        InputError: no such profile, or one without this notebook; a parameter that the notebook refuses.
    """
    names = notebooks_of(profile)
    require(NOTEBOOK in names, f"profile {profile!r} has no notebook {NOTEBOOK} (has {', '.join(names)})")
    return ResidualMaskingStudy.check(asked_parameters(profile, NOTEBOOK))
