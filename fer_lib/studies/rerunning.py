"""A run's card made into what it was trained with: the same data and the same configuration."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..datasets import FaceSet
from ..datasets.duplicates import groups_of
from ..datasets.folds import make_folds, selecting_part, subjects_of
from ..datasets.labels import label_space
from ..errors import InputError, require
from ..faces.crops import load_faces
from ..guidance import GUIDANCE, has_face, network_inputs
from ..guidance.gradcam import KIND as GRADCAM
from ..registry import nearest
from ..training import Experiment, TrainConfig
from .common import GuidanceParameters
from .deep_emotion import Split

#: What the card of a run on folds says of its data in words; the hash ``content`` decides.
NAMING = ("dataset", "label_space", "variant", "guidance", "fold_scheme", "folds")
#: All that it names.
NAMED = (*NAMING, "model", "classes", "content", "training", "model_options")
#: Keys of runs that are trained in another way, and which.
OTHERWISE = {
    "initial": "it starts from another trained network",
    "motion": "its network is trained in two stages",
    "compositions": "it is trained on compositions",
    "center_loss": "it is trained with centre loss",
    "complete": "it is trained on every sample",
}
#: Options of maps that notebooks call otherwise.
RENAMED = {"weights": "msinet_weights", "infer_size": "msinet_size"}


class NotSupportedError(InputError):
    """This kind of run cannot be made again from its card."""


def experiment_of(name: str, card: dict, folder: Path, data_dir: Path, asked: dict) -> Experiment:
    """What the run was trained on, read from the data that are here now.

    Its ``content`` is that of the card where the data are the same.

    Args:
        name: of the run, for messages.
        card: of the run.
        folder: where the experiment would be trained.
        data_dir: the folder with ``raw/``, ``prepared/``, ``guidance/``.
        asked: parameters of the notebook that trained it; {} where they are not known, and then those that the run's
            card does not tell are at their defaults.

    Raises:
        NotSupportedError: a run that is trained in another way than on folds from random weights.
        InputError: data that are not here.
    """
    stated = card["parameters"]
    require_supported(name, card, asked)
    guidance = _guidance(stated, asked, data_dir)
    options = dict(stated["dataset"])
    faces = label_space(stated["label_space"])(load_faces(options.pop("dataset"), data_dir, **options))
    if guidance.no_face_fill == "drop":
        faces = faces.subset(has_face(faces, data_dir, **guidance.landmark_options()))
    folds = make_folds(stated["fold_scheme"], faces, stated["folds"], guidance.seed)
    for inputs in _inputs(stated, faces, folds, guidance, data_dir):
        experiment = Experiment(
            folder=folder,
            model=stated["model"],
            labels=faces.labels,
            classes=faces.classes,
            folds=folds,
            sample_ids=faces.samples["sample_id"].to_numpy(),
            identity={key: stated[key] for key in NAMING},
            model_options=stated.get("model_options", {}),
            **inputs,
        )
        if experiment.content == stated["content"]:
            break
    return experiment


def require_supported(name: str, card: dict, asked: dict) -> None:
    """Raise NotSupportedError where the card is of a run that :func:`experiment_of` cannot make."""
    stated = card["parameters"]
    reasons = [why for key, why in OTHERWISE.items() if key in stated]
    if card["kind"] != "run":
        reasons.append(f"its card is of kind {card['kind']!r}")
    if stated.get("variant") == GRADCAM:
        reasons.append("its maps are drawn by other trained networks")
    if stated.get("fold_scheme") == "official" and asked.get("select_on", "official") != "official":
        reasons.append(f"it selects on {asked['select_on']!r}")
    reasons += [f"its card names {key!r}" for key in stated if key not in NAMED]
    reasons += [f"its card does not name {key!r}" for key in NAMED if key not in (*stated, "model_options")]
    if reasons:
        raise NotSupportedError(
            f"{name}: {reasons[0]}; expected a run of notebook 03, 04 or 06 that starts from random weights"
        )


def config_of(name: str, card: dict, device: str = "auto") -> TrainConfig:
    """The card's configuration, with its precision and its engine.

    Args:
        device: ``"auto"`` is a CPU where the card names one, else what is here.

    Raises:
        InputError: a switch that this code does not know.
    """
    training = card["parameters"]["training"]
    known = TrainConfig.__dataclass_fields__
    for key in training:
        require(key in known, f"{name}: trained with {key!r}, which this code does not know{nearest(key, known)}")
    if device == "auto" and all(used.startswith("cpu") for used in card["device"]):
        device = "cpu"
    # runs made before there were several engines name none, and were trained one after another
    stacked = any(engine.startswith("stacked") for engine in card.get("engine", []))
    return TrainConfig(**training, device=device, engine="stacked" if stacked else "sequential").resolved()


def _guidance(stated: dict, asked: dict, data_dir: Path) -> GuidanceParameters:
    shared = {key: value for key, value in asked.items() if key in GuidanceParameters.model_fields}
    own = dict(stated["guidance"])
    own |= own.pop("landmark_options", {})
    own = {RENAMED.get(key, key): value for key, value in own.items()}
    return GuidanceParameters.check({**shared, **own, "data_dir": str(Path(data_dir).resolve())})


def _inputs(stated: dict, faces: FaceSet, folds: np.ndarray, guidance: GuidanceParameters, data_dir) -> Iterator[dict]:
    """What the notebooks that train such a network show it, and what each keeps on one side of an inner split."""
    kind = stated["variant"] if stated["model"] == "guided_stn" else "none"
    kind = kind if kind in GUIDANCE.names() else "none"
    if stated["model"] in ("guided_stn", "simple_cnn"):  # notebook 03
        image, localization = network_inputs(kind, faces, data_dir, **guidance.guidance_options(kind))
        known = (faces.samples["subject"] != "").all()
        yield {
            "images": np.asarray(image),
            "guidance": None if localization is None else np.asarray(localization),
            "groups": subjects_of(faces) if known else groups_of(faces),
        }
    if kind == "none":  # notebooks 04 and 06
        selecting = selecting_part(stated["fold_scheme"], faces)
        split = Split(stated["fold_scheme"], faces, folds, selecting)
        images = np.asarray(faces.images)
        yield {"images": images, "guidance": None, "groups": split.groups, "selecting": selecting}
