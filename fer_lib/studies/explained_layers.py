"""Where gradients point: Grad-CAM at the layers of notebook 12's networks, and what masks do to their maps."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import nn

from ..errors import require
from ..evaluation.explain.activations import MaskingMaps, masking_maps, masks_of, scaled
from ..evaluation.explain.concentration import concentration, mass_on
from ..evaluation.explain.grad_cam import computes_relus, grad_cam, guided_grad_cam, guided_gradients
from ..evaluation.explain.part_masks import hull_masks, part_masks
from ..guidance.size import NETWORK_SIZE
from ..registry import nearest
from ..training.device import choose_device
from ..training.trained import untrained_network
from .explained_runs import Explained, ExplanationParameters, inputs_of, networks
from .explanations import averaging

PLACES = {"eyes and brows": ("eyes", "brows"), "nose": ("nose",), "mouth": ("mouth",)}
LAST = "last"


@dataclass(frozen=True)
class Layers:
    """What the layers of one variant's networks say of the n chosen images, float32 (n, 48, 48) each.

    Attributes:
        trained: by tap, Grad-CAM of the true class; each image's from the network of the fold it was tested in.
        untrained: the same of a network as it is drawn, which has seen nothing: the control.
        guided: Grad-CAM of the tap "last" times guided backpropagation; None without that tap, or without ReLUs.
        masking: before, at and after the mask that was asked for; None without masks.
    """

    trained: dict[str, np.ndarray]
    untrained: dict[str, np.ndarray]
    guided: np.ndarray | None
    masking: MaskingMaps | None


def explain_layers(study: ExplanationParameters, groups: dict[str, Explained]) -> dict[str, dict[str, Layers]]:
    """By group and variant; what has none of the taps that are asked for is left out.

    Raises:
        InputError: a tap that no network has.
    """
    with torch.device("meta"):
        models = [untrained_network(run.card["parameters"]) for group in groups.values() for run in group.runs.values()]
    known = dict.fromkeys(tap for model in models for tap in model.taps)
    for tap in study.taps:
        require(tap in known, f"taps: no network has {tap!r}{nearest(tap, known)} (they have {', '.join(known)})")
    found = {
        name: {variant: _layers(study, group, variant) for variant in group.runs} for name, group in groups.items()
    }
    found = {name: {variant: layers for variant, layers in of.items() if layers.trained} for name, of in found.items()}
    return {name: of for name, of in found.items() if of}


def taps_for(study: ExplanationParameters, model: nn.Module) -> list[str]:
    """The taps to look at; what `study` asks for and the network does not have is left out."""
    around = (f"before mask {study.mask}", f"mask {study.mask}", f"after mask {study.mask}")
    asked = study.taps or [*(around if study.mask in masks_of(model) else ()), LAST]
    return [tap for tap in asked if tap in model.taps]


def _untrained(study: ExplanationParameters, group: Explained, variant: str) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(study.seed)
        return untrained_network(group.runs[variant].card["parameters"]).to(choose_device(study.device))


def _layers(study: ExplanationParameters, group: Explained, variant: str) -> Layers:
    control = _untrained(study, group, variant)
    images, guidance = inputs_of(study, group, variant)
    labels, taps = group.faces.labels, taps_for(study, control)
    if not taps:
        return Layers({}, {}, None, None)
    by_tap, masking = (defaultdict(lambda: np.zeros(images.shape[:3], np.float32)) for _ in range(2))
    gradients = np.zeros(images.shape[:3], np.float32)
    guided = LAST in taps and computes_relus(control, images, guidance)
    for rows, model in networks(study, group, variant):
        inputs = (images[rows], labels[rows], None if guidance is None else guidance[rows])
        for tap, maps in grad_cam(model, *inputs, taps=taps).items():
            by_tap[tap][rows] = maps
        if guided:
            gradients[rows] = guided_gradients(model, *inputs)
        if study.mask in masks_of(model):
            for name, maps in vars(masking_maps(model, images[rows], mask=study.mask)).items():
                masking[name][rows] = maps
    return Layers(
        dict(by_tap),
        grad_cam(control, images, labels, guidance, taps=taps),
        guided_grad_cam(by_tap[LAST], gradients) if guided else None,
        MaskingMaps(**masking) if masking else None,
    )


def pictured(layers: dict[str, Layers], rows: np.ndarray) -> dict[str, np.ndarray]:
    """Maps of the chosen images at `rows` as they are drawn, each from 0 to 1: by "variant: tap", float32 (n, 48, 48),
    and of the guided maps the square root of what is positive, as single pixels outshine all others."""
    drawn = {}
    for variant, of in layers.items():
        drawn |= {f"{variant}: {tap}": scaled(maps[rows])[0] for tap, maps in of.trained.items()}
        if of.guided is not None:
            drawn[f"{variant}: {LAST}, guided"] = scaled(np.sqrt(np.maximum(of.guided[rows], 0)))[0]
    return drawn


def mean_maps(
    study: ExplanationParameters, group: Explained, layers: dict[str, Layers], points: np.ndarray | None
) -> dict[str, np.ndarray]:
    """Grad-CAM averaged over the images of each expression, by "variant: tap", float32 (E, 48, 48); each image's maps
    are brought to [0, 1] before, so that all count alike."""
    mean = averaging(study, group, points)
    return {
        f"{variant}: {tap}": mean(scaled(maps)[0]) for variant, of in layers.items() for tap, maps in of.trained.items()
    }


def mean_masking(
    study: ExplanationParameters, group: Explained, layers: dict[str, Layers], points: np.ndarray | None
) -> dict[str, dict[str, np.ndarray]]:
    """By variant that has masks: "before", "after" (from 0 to 1 over both, image by image) and "mask" (as it is),
    averaged over the images of each expression, float32 (E, 48, 48)."""
    mean = averaging(study, group, points)
    return {variant: {name: mean(maps) for name, maps in of.items()} for variant, of in together(layers).items()}


def together(layers: dict[str, Layers]) -> dict[str, dict[str, np.ndarray]]:
    """By variant that has masks: each image's "before" and "after" from 0 to 1 over both, and its "mask"."""
    found = {variant: of.masking for variant, of in layers.items() if of.masking is not None}
    return {
        variant: dict(zip(("before", "after"), scaled(maps.before, maps.after), strict=True)) | {"mask": maps.mask}
        for variant, maps in found.items()
    }


def place_table(group: Explained, layers: dict[str, Layers], points: np.ndarray) -> pd.DataFrame:
    """Share of Grad-CAM's mass on places of the face, of trained networks and untrained ones.

    Measured inside the hull of the landmarks, brows to chin; the interval resamples people, or images where nobody
    knows who is shown.

    Returns:
        ``variant, tap, network, place, mass, area`` (%, means), ``density`` (their quotient, 1 for an even map) with
        ``low`` and ``high`` of its 95 % interval, ``images``: those that have a map and landmarks. NaN where
        fewer than two people have.
    """
    hull, parts = hull_masks(points, NETWORK_SIZE), part_masks(points, NETWORK_SIZE)
    places = {name: np.any([parts[part] for part in of], axis=0) & hull for name, of in PLACES.items()}
    known = group.faces.samples["subject"].fillna("").to_numpy()
    people = known if (known != "").all() else np.arange(len(known))
    rows = [
        {"variant": variant, "tap": tap, "network": network, "place": place, **_share(maps, masks, hull, people)}
        for variant, of in layers.items()
        for tap in of.trained
        for network, maps in (("trained", of.trained[tap]), ("untrained", of.untrained[tap]))
        for place, masks in places.items()
    ]
    return pd.DataFrame(rows)


def _share(maps: np.ndarray, masks: np.ndarray, hull: np.ndarray, people: np.ndarray) -> dict[str, float]:
    counted = np.isfinite(mass_on(maps, masks, hull)) & masks.any((1, 2))
    if len(np.unique(people[counted])) < 2:
        empty = dict.fromkeys(("mass", "area", "density", "low", "high"), np.nan)
        return {**empty, "images": int(counted.sum())}
    found = concentration(maps, masks, hull, people)
    ratio = found.ratio
    shares = {"mass": 100 * found.mass, "area": 100 * found.area}
    return {**shares, "density": ratio.mean, "low": ratio.low, "high": ratio.high, "images": found.images}
