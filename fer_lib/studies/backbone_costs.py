"""What the networks of notebook 06 cost: counted for all, timed for those that are asked for."""

from functools import lru_cache
from inspect import signature

import pandas as pd
import torch

from ..evaluation.published import published
from ..models import create_model
from ..models.measure import Costs, count_costs, time_forward
from ..models.registry import MODELS
from ..training.device import choose_device, choose_precision
from .deep_emotion import Target
from .residual_masking import image_shape, require_fits
from .residual_masking_parameters import BENCHMARK, ResidualMaskingStudy

PAPER = "rmn"
#: Pixels on a side at which the paper compares its ten networks, and its seven classes.
SIDE, CLASSES = 224, 7
COUNTED = ("parameters", "macs", "weight_bytes", "activation_bytes")


def costs(study: ResidualMaskingStudy, targets: list[Target]) -> pd.DataFrame:
    """Counted costs of every variant that is trained or timed, on the images of each set.

    Returns:
        ``target, variant, model, side`` (pixels as the first layer sees them), and those of
        :class:`~fer_lib.models.measure.Costs`; memory is that of one image in float32.
    """
    rows = []
    for target in targets:
        shape, classes = image_shape(target.faces), len(target.faces.classes)
        for variant in dict.fromkeys((*target.entry["variants"], *(study.measured if target is targets[0] else ()))):
            require_fits(study, variant, target.faces)
            model, options = study.network(variant)
            found = _counted(model, classes, shape, tuple(options.items()))
            row = {"target": target.title, "variant": variant, "model": model, "side": side(model, options, shape)}
            rows.append(row | _columns(found))
    return pd.DataFrame(rows)


def speeds(study: ResidualMaskingStudy, targets: list[Target]) -> pd.DataFrame:
    """Timed forward passes of the `measured` variants on images of the first set's size, weights at random.

    Returns:
        ``variant``, ``precision``, and those of :class:`~fer_lib.models.measure.Speed`; its ``side`` is that of
        :func:`costs`. Without rows where nothing is measured.
    """
    device, shape = choose_device(study.device), image_shape(targets[0].faces)
    dtype = choose_precision(study.precision, device)
    rows = []
    for variant in study.measured:
        require_fits(study, variant, targets[0].faces)
        model, options = study.network(variant)
        options.pop("weights", None)  # values do not change what a pass costs
        speed = time_forward(
            create_model(model, num_classes=len(targets[0].faces.classes), **options), shape,
            batch=study.measured_batch, seconds=study.measured_seconds, device=device, dtype=dtype,
        )  # fmt: skip
        row = {"variant": variant, "precision": "bf16" if dtype == torch.bfloat16 else "fp32", **vars(speed)}
        rows.append(row | {"side": side(model, options, shape)})
    columns = ["variant", "precision", "images_per_second", "low", "high", "passes", "batch", "side", "peak_bytes"]
    table = pd.DataFrame(rows, columns=[*columns, "device", "threads"])
    return table.astype({"side": int, **dict.fromkeys(("images_per_second", "low", "high", "peak_bytes"), float)})


def benchmark(results: pd.DataFrame) -> pd.DataFrame:
    """The paper's ten networks at its size, beside what it says of them and what was trained here.

    Args:
        results: as :func:`~fer_lib.studies.residual_masking_results.results` makes it.

    Returns:
        ``variant``; costs at 224 × 224 with seven classes; ``published`` (accuracy on the test part of FER-2013, %),
        ``status``, ``published_parameters`` (as the paper prints them); ``ours, low, high``: accuracy on the same
        images, missing where it was not trained on that set under its official split.
    """
    numbers = published(PAPER)
    numbers = numbers[numbers["dataset"] == "fer2013"].drop_duplicates("variant").set_index("variant")
    own = results[(results["dataset"] == "fer2013") & (results["split"] == "official")]
    own = own.drop_duplicates("variant").set_index("variant")
    rows = []
    for name in (*BENCHMARK, "residual_masking"):
        options = {"image_size": SIDE} if signature(MODELS[name]).parameters["image_size"].default != SIDE else {}
        row = {"variant": name} | _columns(_counted(name, CLASSES, (1, 48, 48), tuple(options.items())))
        given = numbers.loc[name]
        row |= {"published": given["accuracy"], "status": given["status"]}
        row |= {"published_parameters": 1e6 * given["parameters"]}
        mine = own.loc[name] if name in own.index else {}
        rows.append(row | {"ours": mine.get("accuracy"), "low": mine.get("low"), "high": mine.get("high")})
    return pd.DataFrame(rows).astype(dict.fromkeys(("ours", "low", "high"), float))


def side(model: str, options: dict, shape: tuple[int, int, int]) -> int:
    """Height in pixels of what the first layer of a network sees of images of `shape` (C, H, W)."""
    asked = signature(MODELS[model]).parameters.get("image_size")
    chosen = options.get("image_size", asked.default if asked else None)
    return chosen or shape[1]


@lru_cache
def _counted(model: str, classes: int, shape: tuple[int, ...], options: tuple) -> Costs:
    return count_costs(model, num_classes=classes, image_shape=shape, **dict(options))


def _columns(found: Costs) -> dict[str, int]:
    return {key: getattr(found, key) for key in COUNTED}
