"""The folder of a training: what it was begun with, and what is left in it at the end."""

import json
from pathlib import Path

import torch
from torch import nn

from ...artifacts import file_sha256, write_card
from ...errors import require
from ..checkpoints import save_weights
from ..complete import complete_weights_path
from ..device import device_name
from .checkpoint import NAME

CONFIG = "config.json"


def finish(
    out: Path,
    model: nn.Module,
    parameters: dict,
    samples: dict[str, int],
    history: list[dict],
    device: torch.device,
    dtype: torch.dtype,
) -> None:
    """Weights, the card that completes the folder, and no checkpoint any more."""
    weights = complete_weights_path(out)
    save_weights(weights, model)
    write_card(
        out,
        "complete",
        parameters,
        selected_on="nothing (the last epoch is kept)",
        reported_on="val",
        samples=samples,
        top1=history[-1]["val_top1"],
        top5=history[-1]["val_top5"],
        epochs_run=len(history),
        processes=sorted({row["processes"] for row in history}),
        seeds=[parameters["training"]["seed"]],
        device=[device_name(device)],
        precision=[str(dtype).removeprefix("torch.")],
        parameters_in_model=sum(p.numel() for p in model.parameters()),
        seconds=round(sum(row["seconds"] for row in history), 1),
        weights={weights.name: file_sha256(weights)},
    )
    (out / NAME).unlink(missing_ok=True)


def refuse_other_configuration(out: Path, parameters: dict) -> None:
    """Raise InputError where `out` was begun with other parameters, naming some that differ."""
    path = out / CONFIG
    if not path.is_file():
        return
    found, wanted = (_flat(content) for content in (json.loads(path.read_text(encoding="utf-8")), parameters))
    different = sorted(key for key in found.keys() | wanted.keys() if found.get(key) != wanted.get(key))
    named = ", ".join(f"{key} = {_short(found.get(key))} and not {_short(wanted.get(key))}" for key in different[:3])
    require(
        not different,
        f"{out}: holds a training with {named}{' …' if len(different) > 3 else ''}; name another folder, or delete "
        "this one",
    )


def _flat(parameters: dict) -> dict:
    """``training`` and ``content`` opened, as JSON has them."""
    plain = json.loads(json.dumps(parameters))
    return {k: v for k, v in plain.items() if not isinstance(v, dict)} | {
        name: value for inner in plain.values() if isinstance(inner, dict) for name, value in inner.items()
    }


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
