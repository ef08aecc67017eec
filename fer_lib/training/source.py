"""The trained network that other trainings start from: transfer learning."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from ..artifacts import file_sha256, require_card
from ..errors import require
from ..models import create_model
from ..models.layer_groups import layer_groups
from .checkpoints import fitting_tensors, load_weights


@dataclass(frozen=True)
class Source:
    """A network on disk and what its card says of it.

    Attributes:
        weights: its file; sha256: of that file.
        model, model_options: what it was built with.
        classes: position = logit.
        trained_on: what the record of a transferred run names: data set, label space, variant, seed.
        with_head: False leaves out the layer that gives the logits, which then starts afresh: for other classes.
    """

    weights: Path
    sha256: str
    model: str
    model_options: dict
    classes: tuple[str, ...]
    trained_on: dict
    with_head: bool = True

    def record(self) -> dict:
        """What decides where a training starts."""
        return {"sha256": self.sha256, **self.trained_on, **({} if self.with_head else {"with_head": False})}

    def load_into(self, model: nn.Module) -> None:
        """Every tensor, the head's too unless it is left out. Raises InputError naming all that do not fit."""
        load_weights(model, self.weights, self._left_out(model))

    def require_fits(self, name: str, model: str, model_options: dict, classes: tuple[str, ...]) -> None:
        """Raise InputError unless the network of the run `name` can start from this one. Images of another size are
        no obstacle to networks that take any."""
        for what, mine, wanted in (
            ("model", self.model, model),
            ("options of the model", _but_size(self.model_options), _but_size(model_options)),
        ):
            require(
                mine == wanted, f"{name}: {what} {wanted!r}, but {self.weights} has {mine!r}, expected the same of both"
            )
        require(
            not self.with_head or self.classes == tuple(classes),
            f"{name}: classes {', '.join(classes)}, but {self.weights} knows {', '.join(self.classes)}, expected the "
            "same names in the same order",
        )
        with torch.device("meta"):  # names and shapes alone: nothing is initialised, no random number is drawn
            empty = create_model(model, num_classes=len(classes), **model_options)
        fitting_tensors(empty, self.weights, self._left_out(empty))

    def _left_out(self, model: nn.Module) -> tuple[str, ...]:
        return () if self.with_head else layer_groups(model)[0]


def _but_size(model_options: dict) -> dict:
    return {name: value for name, value in model_options.items() if name != "image_size"}


def read_source(folder: str | Path) -> Source:
    """The network trained on every sample (:func:`~fer_lib.training.fit_complete`) in `folder`.

    Raises:
        InputError: nothing complete is there, or a run of folds; the weights are not those of the card.
    """
    folder = Path(folder)
    card = require_card(folder, "train the source network first")
    require(
        card["kind"] == "complete",
        f"{folder}: a card of kind {card['kind']!r}, expected 'complete': a network trained on every sample",
    )
    ((name, sha256),) = card["weights"].items()
    weights, made = folder / "weights" / name, card["parameters"]
    require(weights.is_file(), f"{weights}: no such weights file, expected the one that its card names")
    require(file_sha256(weights) == sha256, f"{weights}: other weights than its card names, expected SHA-256 {sha256}")
    trained_on = {key: made[key] for key in ("dataset", "label_space", "variant") if key in made}
    return Source(
        weights,
        sha256,
        made["model"],
        made.get("model_options", {}),
        tuple(made["classes"]),
        {**trained_on, "seed": made["training"]["seed"]},
    )
