"""Pictures of what trained transformers do to images they were not trained on."""

import numpy as np
import torch

from ..guidance import GUIDANCE
from ..training import Experiment
from ..training.batches import Batches
from ..training.checkpoints import load_weights
from ..training.fold_files import weights_path


@torch.inference_mode()
def warped_examples(experiments: dict[str, Experiment], count: int = 6) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Images of the first tested fold, what each localization network sees, and the warped image.

    Args:
        experiments: by variant, all on the same samples and folds, trained.

    Returns:
        images uint8 (count, H, W), and rows of pictures of the same shape, named ``"soft: sees"``
        and ``"soft: warped"`` by the titles of the kinds; variants without a transformer have none.
    """
    any_experiment = next(iter(experiments.values()))
    fold = any_experiment.fold_ids[0]
    tested = np.flatnonzero(any_experiment.folds == fold)
    chosen = tested[np.linspace(0, len(tested) - 1, count).astype(int)]
    rows = {}
    for variant, experiment in experiments.items():
        model = experiment.build_model().eval()
        if not hasattr(model, "theta"):
            continue
        load_weights(model, weights_path(experiment.folder, fold))
        maps = experiment.guidance_of(fold)
        guidance = None if maps is None else maps[chosen]
        data = Batches(
            experiment.images[chosen], guidance, experiment.labels[chosen], len(experiment.classes), torch.device("cpu")
        )
        inputs, _ = data[torch.arange(len(chosen))]
        warped = model.warp(inputs[0], model.theta(inputs[-1]))
        by_fold = fold if isinstance(experiment.guidance, dict) else None
        title = GUIDANCE[variant].titled(by_fold) if variant in GUIDANCE else variant
        rows[f"{title}: sees"] = _as_bytes(inputs[-1])
        rows[f"{title}: warped"] = _as_bytes(warped)
    return any_experiment.images[chosen], rows


def _as_bytes(pictures: torch.Tensor) -> np.ndarray:
    """(N, 1, H, W) in [−1, 1] → uint8 (N, H, W)."""
    return ((pictures[:, 0] + 1) * 127.5).round().clamp(0, 255).byte().numpy()
