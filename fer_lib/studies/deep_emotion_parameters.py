"""What notebook 04 asks for."""

from typing import ClassVar, Literal

from pydantic import Field

from .target_parameters import TargetParameters

#: Network, its options, and what is trained otherwise.
VARIANTS: dict[str, tuple[str, dict, dict]] = {
    "deep_emotion": ("deep_emotion", {}, {}),
    "no_transformer": ("deep_emotion", {"warp": "none"}, {}),
    "input_warp": ("deep_emotion", {"warp": "input"}, {}),
    "no_penalty": ("deep_emotion", {}, {"penalty": 0.0}),
    "deep_emotion_port": ("deep_emotion_port", {}, {"penalty": 0.0}),
}
AS_DRAWN = "deep_emotion"
#: The sets of the paper and the splits they are looked at under, the leakiest first.
PAPER_SETS: dict[str, dict] = {
    "fer2013": {"splits": ["official"]},
    "ckplus": {"splits": ["random", "sequence", "subject"]},
    "jaffe": {"splits": ["official", "random", "subject"]},
    "ferg": {"splits": ["official", "subject"]},
}
NETWORK = {
    "loc_mode": "same_4_4", "fc_relu": True, "dropout": 0.5, "theta_init": "identity", "scale": "symmetric",
    "align_corners": False,
}  # fmt: skip


class DeepEmotionStudy(TargetParameters):
    """Parameters of notebook 04.

    Beside those of :class:`~fer_lib.studies.target_parameters.TargetParameters`: `select_on` "first_rows": under the
    split "official" as many first training rows as the validation part has select in its place (the public ports: 3,589
    of FER-2013; quirk D4). The other parameters are those of :class:`~fer_lib.training.TrainConfig` and of the network.
    """

    notebook: ClassVar[str] = "04_deep_emotion"
    known: ClassVar = VARIANTS
    own: ClassVar = (*TargetParameters.own, "penalty")
    paper_sets: ClassVar = PAPER_SETS
    substitute: ClassVar = {"dataset": "synthetic", "splits": ["random", "subject"]}

    variants: list[str] = Field(list(VARIANTS), min_length=1)
    select_on: Literal["official", "first_rows"] = "official"
    # training
    learning_rate: float = Field(5e-3, gt=0)
    penalty: float = Field(0.01, ge=0)
    penalty_bias: bool = False
    augmentation: Literal["none", "flip", "affine", "rotate"] = "none"
    dropout_eval: bool = False
    # network
    loc_mode: Literal["same_4_4", "valid_4_3", "adaptive3"] = "same_4_4"
    fc_relu: bool = True
    dropout: float = Field(0.5, ge=0, lt=1)
    theta_init: Literal["identity", "gaussian"] = "identity"
    scale: Literal["symmetric", "unit", "none"] = "symmetric"
    align_corners: bool = False

    def network(self, variant: str) -> tuple[str, dict]:
        """Name and options of a variant's model; only options that differ from their defaults are named."""
        model, options, _ = VARIANTS[self.recipe(variant)[0]]
        if model != AS_DRAWN:
            return model, dict(options)
        changed = {key: getattr(self, key) for key, default in NETWORK.items() if getattr(self, key) != default}
        return model, {**changed, **options}
