"""Which networks answer: runs of this study by their folders, or a public checkpoint."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..artifacts import read_card, read_table, require_card
from ..errors import require
from ..faces.detector import load_models
from ..models import create_model
from ..parameters import project_root
from ..training.batches import normalise
from ..training.checkpoints import fitting_tensors
from ..training.device import choose_device
from ..training.trained import trained_network, untrained_network
from .views import Face, Square, View

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
        points: which points of their faces were brought into the template of
            :mod:`fer_lib.faces.similarity`, "eyes" or "five"; None where faces are taken as they are cut out.
        square: how their faces were brought into the middle of the pictures (:mod:`fer_lib.faces.squares`), or None.
    """

    name: str
    networks: list[nn.Module]
    classes: tuple[str, ...]
    size: int
    channels: str
    points: str | None = None
    square: Square | None = None

    @property
    def view(self) -> View:
        """What these networks see of a face."""
        return self.size, self.channels, self.points or self.square

    @property
    def needs_landmarks(self) -> bool:
        return self.points is not None or (self.square is not None and self.square.upright)


@dataclass(frozen=True)
class Classifier:
    """Members that answer together: the mean of their probabilities."""

    members: list[Member]
    device: torch.device

    @property
    def classes(self) -> tuple[str, ...]:
        return self.members[0].classes

    def seen(self, face: Face) -> dict[View, np.ndarray]:
        """uint8 images of one face, for members that see the same only one; see :meth:`Face.seen`."""
        return {view: face.seen(*view) for view in dict.fromkeys(member.view for member in self.members)}

    @torch.inference_mode()
    def answers(self, seen: Sequence[Mapping[View, np.ndarray]]) -> np.ndarray:
        """float32 (N, K), rows sum to 1, of what :meth:`seen` gives of N faces, in one forward pass."""
        images = {view: np.stack([face[view] for face in seen]) for view in seen[0]}
        inputs = {view: normalise(torch.from_numpy(array).to(self.device)) for view, array in images.items()}
        answers = [member_probabilities(member, inputs[member.view]) for member in self.members]
        return torch.stack(answers).mean(0).cpu().numpy()

    def probabilities(self, faces: Sequence[np.ndarray], batch_size: int = 64) -> np.ndarray:
        """float32 (N, K), rows sum to 1.

        Args:
            faces: N uint8 arrays (H, W, 3) BGR or (H, W) grey, of any sizes, each a face and little else. For aligned
                members landmarks are fitted in the whole of it.
            batch_size: most images in one forward pass.
        """
        parts = [faces[start : start + batch_size] for start in range(0, len(faces), batch_size)]
        return np.concatenate([self.answers([self.seen(Face.whole(face)) for face in part]) for part in parts])


def member_probabilities(member: Member, images: Tensor) -> Tensor:
    """float32 (N, K) of images (N, C, size, size) in [-1, 1]."""
    return torch.stack([network(images).float().softmax(1) for network in member.networks]).mean(0)


def load_classifier(
    model: str | Path | Sequence[str | Path] | None = None, fold: int | None = None, device: str = "auto"
) -> Classifier:
    """The networks of `model`, see :class:`~fer_lib.recognizer.Recognizer`.

    Raises:
        InputError: nothing finished is there, it needs guidance maps or given masks, the classes of several differ, or
            a run was trained on aligned or upright faces and dlib or its landmark model is missing.
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
    if any(member.needs_landmarks for member in members):
        load_models()  # what is missing is told before the first face
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
        not is_given_masks(parameters),
        f"{path}: its networks are given the motion mask of a face's class, which no photograph brings along; expected "
        "a run that predicts masks or uses none",
    )
    require(
        not is_guided(parameters),
        f"{path}: its networks look at {parameters.get('variant')!r} guidance maps, which no photograph brings along; "
        "expected a run without guidance",
    )
    several = fold is None and len(card["weights"]) > 1
    folds = [entry["fold"] for entry in card["folds"]] if several else [fold]
    dataset = parameters.get("dataset")
    options = dataset if isinstance(dataset, dict) else {}
    networks, classes = [trained_network(path, number) for number in folds], tuple(parameters["classes"])
    if aligned := parameters.get("alignment"):
        return Member(str(path), networks, classes, aligned["frame"], "grey", points=aligned["points"])
    if squares := parameters.get("squares"):
        square = Square(squares["side"], upright=squares["masks"] == "hull")
        return Member(str(path), networks, classes, squares["scene_size"], "grey", square=square)
    return Member(str(path), networks, classes, options.get("size", SIZE), options.get("channels", "grey"))


def is_given_masks(parameters: dict) -> bool:
    """Whether the networks of a run (FMPN with ``masks="given"``) look at masks that come with each image."""
    return parameters.get("model_options", {}).get("masks") == "given"


def is_guided(parameters: dict) -> bool:
    """Whether the networks of a run look at more than the image."""
    if is_given_masks(parameters):
        return True
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

    Runs on aligned or upright faces come after all others with as many classes: they need dlib's landmark model, and
    their accuracy is that on faces whose place is known.

    Raises:
        InputError: the demo has not been run.
    """
    found = []
    for path in sorted((project_root() / DEMO / "runs").glob("*/card.json")):
        card = read_card(path.parent)
        if card["kind"] == "run" and card.get("weights") and not is_guided(card["parameters"]):
            parameters = card["parameters"]
            placed = bool(parameters.get("alignment") or parameters.get("squares"))
            rank = len(parameters["classes"]), not placed, selecting_accuracy(path.parent)
            found.append((rank, path.parent))
    require(
        bool(found),
        f"no model was named and {DEMO} holds no finished run; run `make study`, or name the folder of a run",
    )
    return max(found, key=lambda entry: entry[0])[1]


def selecting_accuracy(folder: Path) -> float:
    """Accuracy in [0, 1] on the validation rows, or on all where a run has none."""
    predictions = read_table(folder / "predictions.parquet", ["split", "label", "predicted"])
    rows = predictions[predictions["split"] == "validation"]
    rows = rows if len(rows) else predictions
    return float((rows["label"] == rows["predicted"]).mean())
