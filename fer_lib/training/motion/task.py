"""One run with motion priors: what is classified, and the masks of its folds."""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch

from ...errors import require
from ...models.frame import frame_size
from ..config import TrainConfig
from ..experiment import Experiment
from ..parallel import world_size
from ..trained import untrained_network
from .config import MotionConfig


@dataclass(frozen=True)
class MotionTask:
    """One run to cross-validate.

    Attributes:
        experiment: of a network of FMPN's family; its images are uint8 (N, frame, frame), aligned faces with the margin
            that crops are cut from (:func:`~fer_lib.models.frame.frame_size`), and it has no guidance.
        config: of the joint stage.
        motion: of the mask stage, and what the joint one has beside `config`.
        masks: uint8 (F, K, S, S), the motion mask of every fold, in the order of ``experiment.fold_ids``, and class;
            None for networks with ``masks="none"``.
        shown: int (N,), for networks with ``masks="given"``: the class whose mask an image is given with, in training
            and when it is tested; None for others.
    """

    experiment: Experiment
    config: TrainConfig
    motion: MotionConfig
    masks: np.ndarray | None = None
    shown: np.ndarray | None = None

    def __post_init__(self):
        e, mode = self.experiment, self.mode
        name, classes = e.folder.name, len(e.classes)
        require(e.guidance is None, f"{name}: guidance beside motion masks, expected None")
        require(world_size() == 1, f"{name}: motion priors in {world_size()} processes, expected one")
        self.motion.require_possible(self.config)
        given = "masks" if self.masks is not None else "no masks"
        require(
            (self.masks is None) is (mode == "none"),
            f"{name}: {given} for a network with masks={mode!r}, expected {'none' if mode == 'none' else 'some'}",
        )
        if self.masks is not None:
            shape = (len(e.fold_ids), classes)
            require(
                self.masks.ndim == 4 and self.masks.shape[:2] == shape and self.masks.dtype == np.uint8,
                f"{name}: masks are {self.masks.dtype} {self.masks.shape}, expected uint8 {shape} and two sides: one "
                "for each fold and class",
            )
        asked = "the classes of the masks shown" if self.shown is not None else "no classes of the masks shown"
        require(
            (self.shown is not None) is (mode == "given"),
            f"{name}: {asked} for a network with masks={mode!r}, expected {'some' if mode == 'given' else 'none'}",
        )
        if self.shown is not None:
            known = len(self.shown) == len(e.labels) and np.isin(self.shown, range(classes)).all()
            require(known, f"{name}: expected a class 0 … {classes - 1} shown for each of {len(e.labels)} images")

    @property
    def mode(self) -> str:
        """Where the network has its masks from: ``"predicted"``, ``"given"`` or ``"none"``."""
        return self.experiment.model_options.get("masks", "predicted")

    @property
    def predicts(self) -> bool:
        return self.mode == "predicted"

    @property
    def epochs(self) -> int:
        """Upper limit of both stages for one fold."""
        return self.config.epochs + (self.motion.mask_epochs if self.predicts else 0)

    @cached_property
    def recorded(self) -> Experiment:
        """The experiment under the identity that its card has, masks included."""
        identity = {**self.motion.identity(), "masks": _hash(self.masks), "shown": _hash(self.shown)}
        return replace(self.experiment, identity={**self.experiment.identity, "motion": identity})

    def parameters(self) -> dict:
        """Everything that decides the run's content."""
        return self.recorded.parameters(self.config)

    def masks_of(self, fold: int) -> np.ndarray | None:
        """uint8 (K, S, S)."""
        return None if self.masks is None else self.masks[self.experiment.fold_ids.index(fold)]

    def require_possible(self) -> None:
        """Raise InputError for a network that is none of FMPN's family, options that it does not have, or images that
        are not the frames of its size."""
        e = self.experiment
        with torch.device("meta"):  # neither memory nor random numbers
            model = untrained_network(self.parameters())
        size = getattr(model, "image_size", None)
        require(
            hasattr(model, "parts") and size is not None,
            f"{e.folder.name}: {e.model} has no motion priors or no image_size, expected fmpn or fmpn_slim",
        )
        frame = frame_size(size)
        require(
            e.images.shape[1:3] == (frame, frame),
            f"{e.folder.name}: images of {e.images.shape[1]} × {e.images.shape[2]} pixels, expected {frame} × "
            f"{frame} for a network that sees {size} × {size}",
        )


def _hash(array: np.ndarray | None) -> str | None:
    if array is None:
        return None
    digest = hashlib.sha256(f"{array.dtype}{array.shape}".encode())
    digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()[:16]
