"""What the space of a network's embeddings tells of the classes: neighbours, clusters, scatter, and a map of it."""

import warnings

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_mutual_info_score, normalized_mutual_info_score
from threadpoolctl import threadpool_limits

from ..errors import require
from .scatter import scatter_ratio

SEED = 2020
PERPLEXITY = 30
# k-means and t-SNE of some hundred points spend most of their time waiting for each other's threads where the cores are
# busy: ten times as long on two shared ones
THREADS = 1


def embedding_quality(embeddings: pd.DataFrame, neighbours: int = 11) -> pd.DataFrame:
    """Scores of the tested embeddings of every training.

    Args:
        embeddings: rows ``sample_id, fold, split`` ("train", "test"), ``label, z_0 … z_{d−1}`` of one variant, and
            ``seed`` where there are several.
        neighbours: of :func:`neighbour_predictions`.

    Returns:
        ``seed`` (where there was one), ``fold``, ``samples`` (tested); ``knn_accuracy`` (%); ``nmi`` in [0, 1], the
        normalised mutual information (arithmetic mean of the entropies; Vinh, Epps & Bailey, JMLR 11, 2010) of the
        labels and a k-means clustering of the tested embeddings into as many clusters as classes are tested, NaN with
        one class; ``ami`` up to 1, the same adjusted for chance (ibid.): around 0 where clusters tell nothing of the
        classes, while ``nmi`` is then the higher the fewer images there are; ``scatter_ratio`` of the tested embeddings
        (:func:`~fer_lib.evaluation.scatter.scatter_ratio`).

    Raises:
        InputError: as :func:`neighbour_predictions`.
    """
    keys = _keys(embeddings)
    answers = neighbour_predictions(embeddings, neighbours)
    right = (answers["label"] == answers["predicted"]).groupby([answers[key] for key in keys]).mean()
    rows = []
    for key, part in embeddings[embeddings["split"] == "test"].groupby(keys):
        points, labels = _points(part), part["label"].to_numpy()
        values = {
            "samples": len(part),
            "knn_accuracy": 100 * right.loc[key],
            **_cluster_information(points, labels),
            "scatter_ratio": scatter_ratio(points, labels),
        }
        rows.append(dict(zip(keys, key, strict=True)) | values)
    return pd.DataFrame(rows)


def neighbour_predictions(embeddings: pd.DataFrame, neighbours: int = 11) -> pd.DataFrame:
    """What the majority of the nearest training embeddings (Euclidean) says of each tested one; of classes with as many
    votes the first.

    Args:
        embeddings: as for :func:`embedding_quality`.

    Returns:
        A prediction table ``sample_id, fold, split`` ("test"), ``label, predicted`` with ``seed`` where there was one:
        it goes wherever a network's own predictions go (:func:`~fer_lib.evaluation.ablation.ablation_table`).

    Raises:
        InputError: no tested embeddings; a training with none of its own, with fewer than `neighbours`, or with
            values that are not finite.
    """
    from sklearn.neighbors import KNeighborsClassifier

    require(neighbours >= 1, f"{neighbours} neighbours, expected at least 1")
    keys, tables = _keys(embeddings), []
    require((embeddings["split"] == "test").any(), "the embeddings have no rows of split 'test' to be scored")
    for key, part in embeddings.groupby(keys):
        where = ", ".join(f"{name} {value}" for name, value in zip(keys, key, strict=True))
        train, test = part[part["split"] == "train"], part[part["split"] == "test"]
        require(len(train) > 0, f"{where}: no embeddings of split 'train', expected those that tested ones are among")
        require(
            len(train) >= neighbours,
            f"{where}: {len(train)} training embeddings, expected at least the {neighbours} neighbours",
        )
        if test.empty:
            continue
        known, asked = _points(train), _points(test)
        require(bool(np.isfinite(known).all() and np.isfinite(asked).all()), f"{where}: embeddings that are not finite")
        answers = KNeighborsClassifier(neighbours).fit(known, train["label"]).predict(asked)
        tables.append(test[[*keys, "sample_id", "split", "label"]].assign(predicted=answers))
    return pd.concat(tables, ignore_index=True)


def tsne(embeddings: np.ndarray, seed: int = SEED) -> np.ndarray:
    """A map of the embeddings in two dimensions (van der Maaten & Hinton, JMLR 9, 2008), started from their principal
    components.

    Distances between clusters and their sizes mean nothing in it. The perplexity is 30, or a third of the other points
    where that is less, beyond which neighbourhoods would be nearly everything. 500 points take 2 s of one core, 1,500
    take 8 s.

    Args:
        embeddings: float (N, d), N ≥ 4, d ≥ 2.

    Returns:
        float32 (N, 2); all 0 where all embeddings are one.

    Raises:
        InputError: fewer points or dimensions, or values that are not finite.
    """
    from sklearn.manifold import TSNE

    points = np.asarray(embeddings, float)
    require(
        points.ndim == 2 and points.shape[0] >= 4 and points.shape[1] >= 2,
        f"embeddings of shape {points.shape} cannot be mapped, expected at least 4 points of at least 2 dimensions",
    )
    require(bool(np.isfinite(points).all()), "embeddings that are not finite cannot be mapped")
    if np.ptp(points, axis=0).max() == 0:
        return np.zeros((len(points), 2), np.float32)
    perplexity = min(PERPLEXITY, (len(points) - 1) / 3)
    with threadpool_limits(THREADS):
        return TSNE(perplexity=perplexity, init="pca", random_state=seed).fit_transform(points)


def _keys(table: pd.DataFrame) -> list[str]:
    """What tells the trainings of a table apart."""
    return [key for key in ("seed", "fold") if key in table]


def _points(table: pd.DataFrame) -> np.ndarray:
    return table.filter(regex=r"^z_\d+$").to_numpy(float)


def _cluster_information(points: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    classes = len(np.unique(labels))
    if classes == 1:
        return {"nmi": float("nan"), "ami": float("nan")}
    with warnings.catch_warnings(), threadpool_limits(THREADS):
        # fewer distinct points than classes: a collapsed embedding is a result, and both scores say so
        warnings.simplefilter("ignore", ConvergenceWarning)
        clusters = KMeans(classes, n_init=10, random_state=SEED).fit_predict(points)
    return {
        "nmi": float(normalized_mutual_info_score(labels, clusters)),
        "ami": float(adjusted_mutual_info_score(labels, clusters)),
    }
