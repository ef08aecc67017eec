"""What notebook 07 says of attention, embeddings and noise, each under the strictest split of a set."""

import numpy as np
import pandas as pd

from ..evaluation.ablation import ablation_table
from ..evaluation.attention_scores import attention_table
from ..evaluation.embedding_quality import embedding_quality, neighbour_predictions, tsne
from ..evaluation.noise_curve import noise_differences, noise_table
from .deep_emotion import Runs
from .feratt_faces import FERAttTarget
from .feratt_parameters import FERAttStudy
from .feratt_results import composed_tables, strictest
from .trained_runs import tables_of


def attention_found(study: FERAttStudy, targets: list[FERAttTarget], runs: Runs) -> pd.DataFrame:
    """Where variants with attention look in tested compositions: ``target, variant`` and the columns of
    :func:`~fer_lib.evaluation.attention_scores.attention_table`, intervals over people."""
    parts = []
    for target in targets:
        by_variant = {k: v for k, v in runs[target.title][strictest(target)].items() if study.attends(k)}
        tables = composed_tables(by_variant, "synthetic")
        for variant, table in tables.items():
            groups = target.groups
            parts.append(_named(attention_table(table, groups), target, variant))
    return pd.concat(parts, ignore_index=True)


def embedding_scores(study: FERAttStudy, targets: list[FERAttTarget], runs: Runs) -> pd.DataFrame:
    """``target, variant`` and the columns of :func:`~fer_lib.evaluation.embedding_quality.embedding_quality`."""
    parts = [
        _named(embedding_quality(table, study.neighbours), target, variant)
        for target in targets
        for variant, table in composed_tables(runs[target.title][strictest(target)], "embeddings").items()
    ]
    return pd.concat(parts, ignore_index=True)


def neighbours_found(study: FERAttStudy, targets: list[FERAttTarget], runs: Runs) -> pd.DataFrame:
    """What neighbours among the embeddings of training faces say of the real tested ones: ``target, part`` ("real, by
    k-NN") and the columns of :func:`~fer_lib.evaluation.ablation.ablation_table`, intervals over people, differences to
    the classifier alone."""
    parts = []
    for target in targets:
        tables = composed_tables(runs[target.title][strictest(target)], "embeddings")
        answers = {variant: neighbour_predictions(table, study.neighbours) for variant, table in tables.items()}
        table = ablation_table(answers, study.baseline(list(answers)), target.groups)
        table.insert(0, "target", target.title)
        table.insert(1, "part", "real, by k-NN")
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def neighbour_sentence(study: FERAttStudy, targets: list[FERAttTarget], runs: Runs) -> str:
    """How many neighbours answer, and among how many training faces where runs keep no more of them."""
    capped = []
    for target in targets:
        by_variant, name = runs[target.title][strictest(target)], target.entry["variants"][0]
        table = composed_tables({name: by_variant[name]}, "embeddings")[name]
        kept = table[table["split"] == "train"].groupby(["seed", "fold"]).size().max()
        most = study.composed(name, target.entry).embedded
        if kept == most:
            capped.append(f"; {target.title}: of {most:,} training faces of a fold, evenly taken")
    return f"k-NN: the {study.neighbours} nearest training faces answer{''.join(capped)}."


def embedding_points(
    study: FERAttStudy, target: FERAttTarget, runs: Runs, scores: pd.DataFrame
) -> tuple[dict[str, np.ndarray], np.ndarray, dict[str, str]]:
    """t-SNE maps of the real tested faces of one network per variant: that of the smallest seed and of the fold that
    tests the most faces, the first of such.

    Args:
        scores: as :func:`embedding_scores` makes it.

    Returns:
        float32 (n, 2) by variant; their labels int (n,); by variant what stands below its map. Both without variants
        and no labels where no fold tests the four faces that :func:`~fer_lib.evaluation.embedding_quality.tsne` needs.
    """
    scheme = strictest(target)
    folds = target.splits[scheme].folds
    tested = np.bincount(folds[folds >= 0])
    if tested.max() < 4:
        return {}, np.zeros(0, int), {}
    fold = int(tested.argmax())
    points, labels, notes = {}, None, {}
    for variant, by_seed in runs[target.title][scheme].items():
        seed = min(by_seed)
        table = composed_tables({variant: {seed: by_seed[seed]}}, "embeddings")[variant]
        own = table[(table["split"] == "test") & (table["fold"] == fold)]
        points[variant] = tsne(own.filter(regex=r"^z_\d+$").to_numpy(), study.seed)
        labels = own["label"].to_numpy()
        asked = {"target": target.title, "variant": variant, "seed": seed, "fold": fold}
        row = scores[(scores[list(asked)] == pd.Series(asked)).all(axis=1)].iloc[0]
        notes[variant] = f"k-NN {row['knn_accuracy']:.0f} %, AMI {row['ami']:.2f}"
    return points, labels, notes


def noise_found(study: FERAttStudy, targets: list[FERAttTarget], runs: Runs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Accuracy on real tested faces under Gaussian noise, intervals over people.

    Returns:
        ``target, variant`` and the columns of :func:`~fer_lib.evaluation.noise_curve.noise_table`, σ = 0 being the
        faces as they are; ``target`` and those of :func:`~fer_lib.evaluation.noise_curve.noise_differences` to the
        classifier alone, None where no target has two variants.
    """
    curves, differences = [], []
    for target in targets:
        by_variant = runs[target.title][strictest(target)]
        noisy, clear = composed_tables(by_variant, "noise"), tables_of(by_variant, "predictions")
        tables = {variant: _from_zero(noisy[variant], clear[variant]) for variant in by_variant}
        curves += [_named(noise_table(table, target.groups), target, variant) for variant, table in tables.items()]
        if len(tables) > 1:
            found = noise_differences(tables, study.baseline(list(tables)), target.groups)
            differences.append(found.assign(target=target.title))
    return pd.concat(curves, ignore_index=True), pd.concat(differences, ignore_index=True) if differences else None


def _from_zero(noisy: pd.DataFrame, clear: pd.DataFrame) -> pd.DataFrame:
    """Answers without noise before those under noise."""
    own = clear[clear["split"] == "test"].assign(sigma=0.0)
    columns = ["sample_id", "fold", "sigma", "label", "predicted", "seed"]
    return pd.concat([own[columns], noisy[columns]], ignore_index=True)


def _named(table: pd.DataFrame, target: FERAttTarget, variant: str) -> pd.DataFrame:
    table.insert(0, "target", target.title)
    table.insert(1, "variant", variant)
    return table
