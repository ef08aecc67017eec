"""The members' probabilities for every view of every image; computed once and kept beside the notebook's tables."""

from pathlib import Path

import numpy as np

from ..artifacts import is_complete, read_array, save_array, write_card
from ..artifacts.runs import Run
from ..errors import require
from ..evaluation.tta import Views, reference_views, view_probabilities
from ..training.batches import normalise
from ..training.device import NAMES, choose_device, choose_precision
from ..training.trained import trained_network
from .ensemble_members import Group, inputs_of
from .ensembles_parameters import NONE, EnsembleStudy

FOLDER = "probabilities"
#: Share of the answers in a run's predictions that its stored weights must repeat; number formats may differ.
REPEATED = 0.95


def probabilities(study: EnsembleStudy, group: Group) -> dict[str, np.ndarray]:
    """By form of test-time augmentation, none first, float64 (M, R, K): every member's mean over the views, a row per
    row of the group. What an earlier run has left is read.

    Raises:
        InputError: weights are not there, do not fit, or do not give the answers that the run wrote down.
    """
    found: dict[str, list[np.ndarray]] = {form: [] for form in study.forms}
    for run in group.runs.values():
        fixed = _kept(study, group, run, "fixed", study.fixed())
        views = {NONE: fixed[:1], "flip": fixed[:2], "fixed": fixed}
        if "reference" in study.tta:
            drawn = reference_views(study.draws, study.seed, len(group.rows))
            views["reference"] = _kept(study, group, run, "reference", drawn)
        for form in study.forms:
            found[form].append(np.asarray(views[form], np.float64).mean(0))
    return {form: np.stack(members) for form, members in found.items()}


def view_count(study: EnsembleStudy, form: str) -> int:
    """How many views a form asks about."""
    return {NONE: 1, "flip": 2, "fixed": len(study.fixed()), "reference": study.draws}[form]


def _kept(study: EnsembleStudy, group: Group, run: Run, kind: str, views: Views) -> np.ndarray:
    """float32 (V, R, K), memory-mapped."""
    folder = study.stage().folder / FOLDER / run.folder.name
    card, path = f"{kind}.card.json", folder / f"{kind}.npy"
    parameters = _parameters(study, run, kind, views)
    if not is_complete(folder, parameters, card):
        (folder / card).unlink(missing_ok=True)  # it would vouch for the new array, were this interrupted
        asked = _ask(study, group, run, views)
        repeated = _require_repeats(run, group, asked[0]) if kind == "fixed" else None
        save_array(path, asked)
        write_card(folder, FOLDER, parameters, name=card, rows=len(group.rows), repeated=repeated)
    return read_array(path)


def _parameters(study: EnsembleStudy, run: Run, kind: str, views: Views) -> dict:
    """Everything that decides the array."""
    drawn = {"seed": study.seed} if kind == "reference" else {"rotations": study.rotations[: -(-len(views) // 2)]}
    return {
        "run": run.folder.name,
        "content": run.card["parameters"]["content"],
        "weights": run.card["weights"],
        "views": len(views),
        "fill": study.fill,
        "precision": NAMES[choose_precision(study.precision, choose_device(study.device))],
        **drawn,
    }


def _ask(study: EnsembleStudy, group: Group, run: Run, views: Views) -> np.ndarray:
    device = choose_device(study.device)
    images, guidance = inputs_of(study, group, run)
    position, folds = group.rows["position"].to_numpy(), group.rows["fold"].to_numpy()
    out = np.empty((len(views), len(group.rows), len(group.faces.classes)), np.float32)
    for fold in group.folds:
        rows = np.flatnonzero(folds == fold)
        maps = guidance[fold] if isinstance(guidance, dict) else guidance
        out[:, rows] = view_probabilities(
            trained_network(run.folder, int(fold)).to(device),
            images[position[rows]],
            _of_rows(views, rows),
            guidance=None if maps is None else maps[position[rows]],
            prepare=normalise,
            fill=study.fill,
            dtype=choose_precision(study.precision, device),
            batch=study.batch_size,
            label=f"{run.folder.name}, fold {fold}",
        )
    return out


def _of_rows(views: Views, rows: np.ndarray) -> Views:
    if views.mirror.shape[1] == 1:
        return views
    return Views(views.mirror[:, rows], views.degrees[:, rows])


def _require_repeats(run: Run, group: Group, answers: np.ndarray) -> float:
    """Share of the run's own answers that its weights repeat; other images or weights than those would not."""
    if run.card["parameters"]["training"].get("dropout_eval"):
        return float("nan")  # its answers were drawn with dropout
    key = ["split", "fold", "sample_id"]
    told = run.predictions.set_index(key)["predicted"].loc[list(group.rows[key].itertuples(index=False, name=None))]
    share = float((told.to_numpy() == answers.argmax(1)).mean())
    require(
        share >= REPEATED,
        f"{Path(run.folder)}: its weights repeat {100 * share:.0f} % of the answers that it wrote down, expected at "
        f"least {100 * REPEATED:.0f} %: other images or other weights than it was scored with",
    )
    return share
