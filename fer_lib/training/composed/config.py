"""What training on compositions has beside a :class:`~fer_lib.training.config.TrainConfig`."""

from dataclasses import asdict, dataclass, fields

from ...errors import require
from ..compositions import APPEARANCES, PRESETS, Recipe
from ..config import TrainConfig
from ..structured import ATTENTION, MIXINGS
from ..structured.attention import FORMS

#: Standard deviations of the noise in the published robustness curve (specification, §6).
NOISE = (0.01, 0.05, 0.07, 0.09, 0.1, 0.2, 0.3)
#: Fields of TrainConfig that this training heeds; the others must stay at their defaults, class weights off, as every
#: batch has as many faces of each class.
HEEDED = (
    *("epochs", "patience", "batch_size", "learning_rate", "schedule", "class_weighted", "protocol"),
    *("validation_share", "seed", "precision", "device", "monitor", "keep", "engine", "checkpoint_seconds"),
)


@dataclass(frozen=True)
class ComposedConfig:
    """The recipe of the public code's state of December 2018 by default (specification, §2 to 4).

    Attributes:
        recipe: of the compositions.
        tested_recipe: of those that are tested; None: the same. (The public code of 2019 tests on a wider one.)
        epoch_length: compositions an epoch, which all differ.
        select_per_face, test_per_face: fixed compositions of each face that selects or is tested.
        fixed_seed: of these, whatever the seed of a training: all variants are scored on the same.
        attention: error of the reconstruction, one of :data:`~fer_lib.training.structured.attention.FORMS`.
        attention_weight: its weight in the loss beside the cross-entropy, which has 1.
        rep_weight: weight of the Gaussian-structured loss, for networks with an embedding.
        sigma, gsl_legacy, scale_with_dim: of that loss
            (:func:`~fer_lib.training.structured.gaussian.gaussian_structured_loss`).
        mixing: of the samples that it sees (:func:`~fer_lib.training.structured.mixing.mixed`).
        appearance: how compositions are changed further in training
            (:func:`~fer_lib.training.compositions.appearance.appearance`).
        amsgrad: the variant of Adam that keeps the largest second moment, as published.
        decay_every: epochs after each of which the learning rate falls to a tenth; 0: never.
        noise: standard deviations, in grey values from 0 to 1, at which real faces are tested again.
        embedded: most training faces of a fold whose embeddings are kept.
    """

    recipe: Recipe = PRESETS["2018"]
    tested_recipe: Recipe | None = None
    epoch_length: int = 70_000
    select_per_face: int = 4
    test_per_face: int = 4
    fixed_seed: int = 2020
    attention: str = ATTENTION["2018"][0]
    attention_weight: float = ATTENTION["2018"][1]
    rep_weight: float = 1.0
    sigma: float = 1.0
    gsl_legacy: bool = False
    scale_with_dim: bool = False
    mixing: str = "none"
    appearance: str = "none"
    amsgrad: bool = True
    decay_every: int = 0
    noise: tuple[float, ...] = NOISE
    embedded: int = 2000

    def __post_init__(self):
        for name, least in (
            ("epoch_length", 2), ("select_per_face", 1), ("test_per_face", 1), ("fixed_seed", 0), ("decay_every", 0),
            ("embedded", 1),
        ):  # fmt: skip
            value = getattr(self, name)
            require(type(value) is int and value >= least, f"{name} = {value!r}, expected a whole number from {least}")
        for name in ("attention_weight", "rep_weight"):
            require(getattr(self, name) >= 0, f"{name} = {getattr(self, name)}, expected a number from 0")
        require(self.sigma > 0, f"sigma = {self.sigma}, expected a positive number")
        for name, known in (("attention", FORMS), ("mixing", MIXINGS), ("appearance", APPEARANCES)):
            value = getattr(self, name)
            require(value in known, f"{name} {value!r}, expected one of {', '.join(known)}")
        object.__setattr__(self, "noise", tuple(self.noise))  # a list where it comes from a notebook
        require(
            all(0 < sigma <= 1 for sigma in self.noise) and len(set(self.noise)) == len(self.noise),
            f"noise = {list(self.noise)}, expected different standard deviations above 0 and up to 1",
        )

    @property
    def tested(self) -> Recipe:
        """Recipe of the compositions that are tested."""
        return self.tested_recipe or self.recipe

    def require_possible(self, config: TrainConfig) -> None:
        """Raise InputError for a `config` that asks for what is not heeded."""
        for own in fields(TrainConfig):
            value = getattr(config, own.name)
            require(
                own.name in HEEDED or value == own.default,
                f"{own.name} = {value!r} has no effect on compositions, expected {own.default!r}",
            )
        require(not config.class_weighted, "class_weighted has no effect, as batches have all classes; expected False")
        require(
            config.engine != "stacked",
            "engine 'stacked' has no effect on compositions, expected 'auto' or 'sequential'",
        )
        require(
            not self.decay_every or config.schedule == "constant",
            f"decay_every = {self.decay_every} with schedule {config.schedule!r}, expected one of the two",
        )

    def identity(self) -> dict:
        """What decides the result, for the run's card: all of it."""
        return {**asdict(self), "noise": list(self.noise)}
