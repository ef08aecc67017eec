"""Which networks answer: runs of this study by their folders, or a public checkpoint."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from ..artifacts import read_card, require_card
from ..datasets.image_files import CHANNELS
from ..errors import require
from ..models import create_model
from ..parameters import project_root
from ..training.batches import normalise
from ..training.checkpoints import fitting_tensors
from ..training.device import choose_device
from ..training.trained import trained_network, untrained_network

SIZE = 48  # pixels on a side of the images that every set is brought to unless asked otherwise
DEMO = Path("reports/demo")
#: Order of the classes in the checkpoints of the ``rmn`` package, and the size it brings faces to.
RMN_CLASSES, RMN_SIZE = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"), 224


@dataclass(frozen=True)
class Member:
    """Networks trained alike, one per fold; their probabilities are averaged.

    Attributes:
        networks: on the device, in evaluation mode.
        classes: position = logit.
        size: pixels on a side of the images that they were trained on.
        channels: "grey" or "rgb".
    """

    name: str
    networks: list[nn.Module]
    classes: tuple[str, ...]
    size: int
    channels: str


@dataclass(frozen=True)
class Classifier:
    """Members that answer together: the mean of their probabilities."""

    members: list[Member]
    device: torch.device

    @property
    def classes(self) -> tuple[str, ...]:
        return self.members[0].classes

    @torch.inference_mode()
    def probabilities(self, faces: Sequence[np.ndarray], batch_size: int = 64) -> np.ndarray:
        """float32 (N, K), rows sum to 1.

        Args:
            faces: N uint8 arrays (H, W, 3) BGR or (H, W) grey, of any sizes.
            batch_size: most images in one forward pass.
        """
        parts = []
        for start in range(0, len(faces), batch_size):
            chunk, seen = faces[start : start + batch_size], {}
            for member in self.members:  # members that see the same share it
                kind = member.size, member.channels
                if kind not in seen:
                    images = torch.from_numpy(face_images(chunk, *kind))
                    seen[kind] = normalise(images.to(self.device))
            answers = [member_probabilities(member, seen[member.size, member.channels]) for member in self.members]
            parts.append(torch.stack(answers).mean(0).cpu())
        return torch.cat(parts).numpy()


def member_probabilities(member: Member, images: Tensor) -> Tensor:
    """float32 (N, K) of images (N, C, size, size) in [-1, 1]."""
    return torch.stack([network(images).float().softmax(1) for network in member.networks]).mean(0)


def face_images(faces: Sequence[np.ndarray], size: int, channels: str = "grey") -> np.ndarray:
    """Faces as the networks' training images were made: grey by ITU-R 601, then resized bilinearly, averaged where
    they shrink.

    Args:
        faces: N uint8 arrays (H, W, 3) BGR or (H, W) grey.
        channels: "grey" or "rgb".

    Returns:
        uint8 (N, size, size) or (N, size, size, 3).
    """
    from PIL import Image

    images = np.empty((len(faces), size, size) if channels == "grey" else (len(faces), size, size, 3), np.uint8)
    for image, face in zip(images, faces, strict=True):
        rgb = np.ascontiguousarray(face if face.ndim == 2 else face[..., ::-1])
        picture = Image.fromarray(rgb).convert(CHANNELS[channels])
        image[...] = picture.resize((size, size), Image.Resampling.BILINEAR)
    return images


def load_classifier(
    model: str | Path | Sequence[str | Path] | None = None, fold: int | None = None, device: str = "auto"
) -> Classifier:
    """The networks of `model`, see :class:`~fer_lib.recognizer.Recognizer`.

    Raises:
        InputError: nothing finished is there, it needs guidance maps, or the classes of several differ.
    """
    where = choose_device(device)
    if model is None:
        folder = demo_run()
        warnings.warn(
            f"Recognizer: no model was named, so {folder} answers: a small network of the demo that was trained on "
            "drawn faces and is NOT meant for photographs; name the folder of a run on real faces as model",
            stacklevel=2,
        )
        model = folder
    named = [model] if isinstance(model, (str, Path)) else list(model)
    require(bool(named), "model is an empty list, expected folders of finished runs")
    members = [load_member(Path(path), fold) for path in named]
    first = members[0]
    for member in members[1:]:
        require(
            member.classes == first.classes,
            f"{member.name}: classes {', '.join(member.classes)}, but {first.name} has {', '.join(first.classes)}, "
            "expected the same names in the same order",
        )
    for member in members:
        for network in member.networks:
            network.to(where, memory_format=torch.channels_last)
    return Classifier(members, where)


def load_member(path: Path, fold: int | None) -> Member:
    """A finished run, or a file in the layout of the ``rmn`` package."""
    if path.is_file():
        return public_checkpoint(path)
    card = require_card(path, "expected the folder of a finished run")
    parameters = card["parameters"]
    require(bool(card.get("weights")), f"{path}: its card names no weights, expected the folder of a trained run")
    require(
        not is_guided(parameters),
        f"{path}: its networks look at {parameters.get('variant')!r} guidance maps, which no photograph brings along; "
        "expected a run without guidance",
    )
    several = fold is None and len(card["weights"]) > 1
    folds = [entry["fold"] for entry in card["folds"]] if several else [fold]
    dataset = parameters.get("dataset")
    options = dataset if isinstance(dataset, dict) else {}
    return Member(
        name=str(path),
        networks=[trained_network(path, number) for number in folds],
        classes=tuple(parameters["classes"]),
        size=options.get("size", SIZE),
        channels=options.get("channels", "grey"),
    )


def is_guided(parameters: dict) -> bool:
    """Whether the networks of a run look at more than the image."""
    if parameters.get("variant", "none").partition(",")[0] == "none":  # "none, fine-tuned": a transferred one
        return False
    with torch.device("meta"):
        return untrained_network(parameters).takes_guidance


def public_checkpoint(path: Path) -> Member:
    """Weights of the published residual masking network, as the ``rmn`` package loads them.

    Raises:
        InputError: the file does not hold them.
    """
    with torch.device("meta"):  # 137,796,423 random numbers would be drawn only to be replaced
        network = create_model("residual_masking", num_classes=len(RMN_CLASSES))
    network.load_state_dict(fitting_tensors(network, path), assign=True)
    return Member(str(path), [network.eval()], RMN_CLASSES, RMN_SIZE, "grey")


def demo_run() -> Path:
    """The run of the demo that was best on the part that selects, among those with most classes and without guidance.

    Raises:
        InputError: the demo has not been run.
    """
    found = []
    for path in sorted((project_root() / DEMO / "runs").glob("*/card.json")):
        card = read_card(path.parent)
        if card["kind"] == "run" and card.get("weights") and not is_guided(card["parameters"]):
            found.append((len(card["parameters"]["classes"]), selecting_accuracy(path.parent), path.parent))
    require(
        bool(found),
        f"no model was named and {DEMO} holds no finished run; run `make study`, or name the folder of a run",
    )
    return max(found, key=lambda entry: entry[:2])[-1]


def selecting_accuracy(folder: Path) -> float:
    """Accuracy in [0, 1] on the validation rows, or on all where a run has none."""
    predictions = pd.read_parquet(folder / "predictions.parquet", columns=["split", "label", "predicted"])
    rows = predictions[predictions["split"] == "validation"]
    rows = rows if len(rows) else predictions
    return float((rows["label"] == rows["predicted"]).mean())
