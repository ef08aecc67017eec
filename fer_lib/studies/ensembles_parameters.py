"""What notebook 09 asks for."""

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from ..errors import require
from ..evaluation.tta import ROTATIONS, Views, fixed_views, flip_views, identity_view
from ..parameters import Parameters
from ..reporting.stage import Stage

NONE, SINGLE = "none", "single"


class EnsembleStudy(Parameters):
    """Parameters of notebook 09.

    `sources` are notebooks of the profile that have trained networks, `variants` and `splits` (fold schemes) some of
    theirs (empty: all). `tta` are the forms of test-time augmentation that are tried beside none: "flip" (the image and
    its mirror image), "fixed" (`rotations` in degrees, each plain and mirrored), "reference" (`draws` random
    views, drawn with `seed`); `final` is the one that results are shown with. `fill` is what rotations uncover.
    `methods` choose members: "all", "greedy" (forward selection), "subset" (the best of all subsets), "published" (the
    seven members of the published ensemble, as far as they are there; with `round_as_published` their arrays are
    rounded as its script does). `select_on` "test" reproduces the reference's search over the tested images; its
    results are labelled. With `temperature` one number fitted on the validation part calibrates each answer.
    """

    notebook: ClassVar[str] = "09_ensembles"
    sources: list[str] = Field(["06_residual_masking"], min_length=1)
    variants: list[str] = []
    splits: list[str] = []
    tta: list[Literal["flip", "fixed", "reference"]] = Field(["flip", "fixed", "reference"], min_length=1)
    final: Literal["flip", "fixed", "reference"] = Field("fixed", validate_default=True)
    rotations: list[float] = list(ROTATIONS)
    draws: int = Field(10, ge=1)
    seed: int = Field(2020, ge=0)
    fill: Literal["black", "border"] = "black"
    methods: list[Literal["all", "greedy", "subset", "published"]] = ["all", "greedy", "subset", "published"]
    select_on: Literal["validation", "test"] = "validation"
    round_as_published: bool = False
    temperature: bool = True
    batch_size: int = Field(512, ge=1)
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    device: str = "auto"

    @field_validator("tta", "methods")
    @classmethod
    def _distinct(cls, names: list[str], info) -> list[str]:
        require(len(set(names)) == len(names), f"{info.field_name} names something twice")
        return names

    @field_validator("rotations")
    @classmethod
    def _first_as_it_is(cls, rotations: list[float]) -> list[float]:
        require(rotations[:1] == [0], "the first rotation is none, so expected 0 at the beginning")
        require(len(set(rotations)) == len(rotations), "a rotation is named twice")
        return rotations

    @field_validator("final")
    @classmethod
    def _tried(cls, final: str, info) -> str:
        tried = info.data.get("tta", [final])
        require(final in tried, f"expected one of those in tta ({', '.join(tried)})")
        return final

    def stage(self) -> Stage:
        """Where this notebook leaves its figures, tables and card."""
        return Stage(self.reports / self.notebook, self.model_dump())

    @property
    def forms(self) -> tuple[str, ...]:
        """Of test-time augmentation, none first."""
        return (NONE, *self.tta)

    def fixed(self) -> Views:
        """The views that need no drawing; the first is the image itself, the second its mirror image."""
        if "fixed" in self.tta:
            return fixed_views(tuple(self.rotations))
        return flip_views() if "flip" in self.tta else identity_view()
