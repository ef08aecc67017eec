"""Notebook 07's pictures: what compositions are made of, and what networks make of those of tested faces."""

import numpy as np
import torch
from torch import Tensor

from ..models import create_model
from ..models.feratt import FERAtt
from ..training.augmentation import augmentation_generator
from ..training.composed.part import Part, seed_of_tested
from ..training.compositions import Composed, Compositions, Placement
from ..training.trained import trained_network
from .deep_emotion import Runs
from .feratt_faces import FERAttTarget
from .feratt_parameters import FERAttStudy
from .feratt_results import strictest
from .feratt_training import one_run

SHOWN = 12


def material(study: FERAttStudy, target: FERAttTarget) -> dict[str, np.ndarray]:
    """Pictures uint8 (12, side, side) by name, those of one face in one place: as it is, its square, its mask, a
    background, and two compositions as networks are trained on them, before their appearance is changed."""
    config = study.composed(study.subject(target.entry["variants"]), target.entry)
    index = np.linspace(0, len(target.faces) - 1, SHOWN).astype(int)
    squares, masks, behind = target.squares[index], target.masks[index], target.backgrounds.train
    maker = Compositions(squares, masks, behind, config.recipe)
    seed = augmentation_generator(study.seed)
    made = [_grey(maker.compose(torch.arange(SHOWN), seed).image) for _ in range(2)]
    return {
        "real": np.asarray(target.faces.images)[index],
        "square": squares,
        "mask": masks,
        "background": behind[np.arange(SHOWN) % len(behind)],
        "composition": made[0],
        "another composition": made[1],
    }


@torch.inference_mode()
def examples(study: FERAttStudy, target: FERAttTarget, runs: Runs) -> tuple[dict[str, np.ndarray], list[str]]:
    """Tested compositions, one of every class, and what the trained networks of the first seed make of them.

    Returns:
        Rows for :func:`~fer_lib.reporting.figures.attention_sheet`: composition, mask, reconstruction and its target
        uint8; attention σ(g) of every variant that has it, that of the study's subject before training too, and its
        features, means of |g_ft| over channels, float32; names of the classes. Each of the first fold that tests the
        class.
    """
    scheme, variants = strictest(target), target.entry["variants"]
    subject, attending = study.subject(variants), [name for name in variants if study.attends(name)]
    columns: dict[str, list[np.ndarray]] = {}
    names: dict[str, None] = {}
    for fold in np.unique(target.splits[scheme].folds[target.splits[scheme].folds >= 0]):
        chosen, labels = _one_of_each_class(study, target, scheme, int(fold), subject, names)
        if not labels:
            continue
        names |= dict.fromkeys(labels)
        found = {"composition": _grey(chosen.image), "mask": _grey(chosen.mask)}
        entering = 2 * chosen.image - 1
        for name in attending:
            network: FERAtt = trained_network(one_run(runs, target, scheme, name).folder, int(fold))
            parts = network.parts(entering)
            found[f"attention: {name}"] = _attention(parts.attention)
            if name == subject:
                found["untrained"] = _attention(_untrained(study, target, name, int(fold)).parts(entering).attention)
                found["features"] = parts.features.abs().mean(1).float().numpy()
                found["reconstruction"] = _colours(network.picture(parts.reconstruction))
                found["target"] = _colours(network.picture(network.target(2 * chosen.target - 1, chosen.mask)))
        for kind, pictures in found.items():
            columns.setdefault(kind, []).append(pictures)
    return {kind: np.concatenate(parts) for kind, parts in columns.items()}, list(names)


def _one_of_each_class(
    study: FERAttStudy, target: FERAttTarget, scheme: str, fold: int, variant: str, known
) -> tuple[Composed, list[str]]:
    """Compositions of the table ``synthetic``: the first one of the fold's first face of every class not `known`."""
    split, config = target.splits[scheme], study.composed(variant, target.entry)
    tested = np.flatnonzero(split.folds == fold)
    part = Part(
        target.squares, target.masks, target.backgrounds.test, split.faces.labels, tested, config.tested,
        torch.device("cpu"),
    )  # fmt: skip
    own = split.faces.labels[tested]
    places = {name: int(np.argmax(own == k)) for k, name in enumerate(target.faces.classes) if (own == k).any()}
    wanted = {name: place for name, place in places.items() if name not in known}
    stream = augmentation_generator(seed_of_tested(config.fixed_seed, fold))
    drawn = part.compositions.draw(len(tested) * config.test_per_face, stream)  # one of every face, then the next
    index = torch.tensor(list(wanted.values()), dtype=torch.int64)
    return part.compositions.compose(index, Placement(*(values[index] for values in drawn))), list(wanted)


def _untrained(study: FERAttStudy, target: FERAttTarget, variant: str, fold: int) -> FERAtt:
    """The network of the smallest seed as it was before training."""
    model, options = study.network(variant, target.entry)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(min(target.entry["seeds"]) + fold)
        return create_model(model, num_classes=len(target.faces.classes), **options).eval()


def _attention(attention: Tensor) -> np.ndarray:
    """float32 (N, H, W) in [0, 1], mean over channels after the sigmoid."""
    return torch.sigmoid(attention).mean(1).float().numpy()


def _grey(images: Tensor) -> np.ndarray:
    """float (N, 1, H, W) in [0, 1] → uint8 (N, H, W)."""
    return (255 * images[:, 0]).round().byte().numpy()


def _colours(images: Tensor) -> np.ndarray:
    """float (N, 3, H, W) in [0, 1] → uint8 (N, H, W, 3)."""
    return (255 * images).round().byte().permute(0, 2, 3, 1).numpy()
