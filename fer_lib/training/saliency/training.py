"""Train MSI-Net on a folder of pictures and fixation maps, and leave the weights that its maps are made with."""

from pathlib import Path

import pandas as pd
import torch

from ...artifacts import alone, file_sha256, is_complete, read_card, save_table, write_card
from ...models import create_model
from ...models.msinet_start import start_encoder
from ...models.weight_files import read_weights
from ..cross_validation import refuse_other_parameters
from ..device import choose_device, device_name
from ..state_files import write_tensors
from .config import SaliencyConfig
from .folders import PARTS, Fixations
from .loop import fit_saliency

WEIGHTS = "msinet.safetensors"


def train_saliency(
    folder: str | Path,
    out: str | Path,
    config: SaliencyConfig,
    *,
    start: str | Path | None = None,
    normalised: bool = True,
) -> dict:
    """Train where that has not been done, and return the card.

    Args:
        folder: SALICON's layout, ``images/train``, ``images/val``, ``maps/train``, ``maps/val``.
        out: ``msinet.safetensors`` (after each epoch that is the best so far; the guidance kind ``saliency_msinet``
            takes it as `weights`), ``history.parquet``, and ``card.json`` at the end.
        start: weights of a VGG16 for the encoder (torchvision's names), as the authors started; None draws them.
        normalised: see :func:`~fer_lib.models.msinet_start.start_encoder`.

    Raises:
        InputError: what :class:`~fer_lib.training.saliency.folders.Fixations` and
            :func:`~fer_lib.models.msinet_start.start_encoder` say; `out` holds another training or is in use.
    """
    folder, out = Path(folder), Path(out)
    device = choose_device(config.device)
    parts = {part: Fixations(folder, part, config.canvas) for part in PARTS}
    torch.manual_seed(config.seed)
    model = create_model("msinet")
    if start is not None:
        start_encoder(model, read_weights(start), normalised)
    parameters = {
        "model": "msinet",
        "dataset": folder.resolve().name,
        "content": {f"{part}_files": files.fingerprint() for part, files in parts.items()},
        "start": None if start is None else {"sha256": file_sha256(start), "normalised": normalised},
        "training": config.identity(),
    }
    refuse_other_parameters(out, parameters)
    if is_complete(out, parameters):
        return read_card(out)
    record = {
        "source": f"trained on {parameters['dataset']}, files {parameters['content']['train_files']}",
        "licence": "that of the pictures, maps and weights it was trained with",
    }

    def keep() -> None:
        tensors = {key: value.detach().cpu().contiguous() for key, value in model.state_dict().items()}
        write_tensors(out / WEIGHTS, tensors, record)

    with alone(out, "a training"):
        history = fit_saliency(model.to(device), parts["train"], parts["val"], config, device, keep)
        save_table(out / "history.parquet", pd.DataFrame(history))
        best = min(history, key=lambda row: row["val_divergence"])
        return write_card(
            out,
            "saliency",
            parameters,
            best=best,
            device=device_name(device),
            weights_sha256=file_sha256(out / WEIGHTS),
        )
