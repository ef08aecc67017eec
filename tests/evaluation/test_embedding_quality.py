"""Neighbours one by one, mutual information written out, and maps of points whose clusters are known."""

import math
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import normalized_mutual_info_score

from fer_lib.errors import InputError
from fer_lib.evaluation.embedding_quality import embedding_quality, neighbour_predictions, tsne
from fer_lib.evaluation.image_intervals import image_interval
from fer_lib.evaluation.scatter import scatter_ratio


def embeddings(spread=1.0, folds=2, size=30, d=3, classes=3, seed=0) -> pd.DataFrame:
    """Every sample is tested in one fold and trained on in the others; classes lie at distances of 3."""
    rng = np.random.default_rng(seed)
    labels = np.arange(size) % classes
    parts = []
    for fold in range(folds):
        points = 3 * np.eye(classes, d)[labels] + spread * rng.normal(size=(size, d))
        test = np.arange(size) // classes % folds == fold
        head = {"sample_id": [f"i{i}" for i in range(size)], "fold": fold, "split": np.where(test, "test", "train")}
        values = {f"z_{k}": points[:, k].astype(np.float32) for k in range(d)}
        parts.append(pd.DataFrame(head | {"label": labels} | values))
    return pd.concat(parts)


def answers_slowly(table, neighbours):
    """By fold and sample: distances to all training rows, the nearest ones, the majority; the first of equal ones."""
    names = [name for name in table if name.startswith("z_")]
    found = {}
    for asked in table[table["split"] == "test"].to_dict("records"):
        known = table[(table["split"] == "train") & (table["fold"] == asked["fold"])].to_dict("records")
        known.sort(key=lambda row: math.dist([row[n] for n in names], [asked[n] for n in names]))
        votes = Counter(row["label"] for row in known[:neighbours])
        found[asked["fold"], asked["sample_id"]] = min(votes, key=lambda label: (-votes[label], label))
    return found


def information_slowly(labels, clusters):
    """I(L; C) over the mean of both entropies."""
    n = len(labels)
    entropy = [-sum(c / n * math.log(c / n) for c in Counter(side).values()) for side in (labels, clusters)]
    of_label, of_cluster = Counter(labels), Counter(clusters)
    joint = Counter(zip(labels, clusters, strict=True))
    mutual = sum(c / n * math.log(c * n / (of_label[a] * of_cluster[b])) for (a, b), c in joint.items())
    return mutual / (sum(entropy) / 2)


def adjusted_slowly(labels, clusters, times=4000):
    """How much of what there is beyond chance is there; chance: the same clusters given to faces in any order."""
    by_chance = np.mean(
        [information_slowly(labels, np.random.default_rng(k).permutation(clusters)) for k in range(times)]
    )
    return (information_slowly(labels, clusters) - by_chance) / (1 - by_chance)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([1, 2, 5, 11]))
def test_neighbours_equal_their_slow_twin(seed, neighbours):
    table = embeddings(spread=2.0, seed=seed)
    found = neighbour_predictions(table, neighbours)
    assert found.set_index(["fold", "sample_id"])["predicted"].to_dict() == answers_slowly(table, neighbours)
    accuracy = embedding_quality(table, neighbours).set_index("fold")["knn_accuracy"]
    for fold, rows in found.groupby("fold"):
        assert accuracy[fold] == pytest.approx(100 * (rows["label"] == rows["predicted"]).mean())


def test_classes_apart_are_found_and_classes_that_are_one_are_not():
    apart = embedding_quality(embeddings(spread=0.05, size=72))
    assert list(apart) == ["fold", "samples", "knn_accuracy", "nmi", "ami", "scatter_ratio"]
    assert apart[["fold", "samples"]].to_numpy().tolist() == [[0, 36], [1, 36]]
    assert (apart["knn_accuracy"] == 100).all() and apart["nmi"].to_list() == pytest.approx([1, 1])
    assert apart["ami"].to_list() == pytest.approx([1, 1])
    mixed = embedding_quality(embeddings(spread=30.0, size=300))
    assert (mixed["knn_accuracy"] < 60).all() and (mixed["nmi"] < 0.2).all()
    assert (mixed["scatter_ratio"] < 0.1).all() and (apart["scatter_ratio"] > 100).all()


def test_information_of_clusters_that_mix_two_classes():
    """Two places at a distance, one with all of class 0 and a third of class 1: worked by hand.

    Labels 6:6, clusters 8:4. I = 6/12 ln(6·12/(6·8)) + 2/12 ln(2·12/(6·8)) + 4/12 ln(4·12/(6·4)) = 0.3183;
    H(L) = ln 2 = 0.6931, H(C) = 0.6365; NMI = 0.3183 / 0.6648 = 0.4787."""
    labels, places = [0] * 6 + [1] * 6, [0] * 8 + [1] * 4
    test = pd.DataFrame({"label": labels, "z_0": [100.0 * place for place in places], "z_1": 0.0})
    table = pd.concat([test.assign(split="test"), test.assign(split="train")]).assign(fold=0, sample_id=range(24))
    found = embedding_quality(table, 1)
    assert found["nmi"].item() == pytest.approx(0.4787, abs=5e-5)
    assert information_slowly(labels, places) == pytest.approx(0.4787, abs=5e-5)
    assert found["ami"].item() == pytest.approx(adjusted_slowly(labels, places), abs=0.01)


def test_random_labels_have_no_adjusted_information_although_they_have_some():
    """21 faces of seven classes: k-means finds clusters in anything, and few faces agree with them by chance."""
    rng = np.random.default_rng(7)
    points = {f"z_{k}": rng.normal(size=42) for k in range(8)}
    labels = np.tile(np.arange(21) % 7, 2)
    one = pd.DataFrame({"sample_id": range(42), "split": np.repeat(["train", "test"], 21), "label": labels, **points})
    found = embedding_quality(pd.concat([one.assign(fold=k, label=rng.permutation(labels)) for k in range(40)]))
    assert abs(found["ami"].mean()) < 0.03 and 0.4 < found["nmi"].mean() < 0.6


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=4, max_size=40))
def test_the_information_taken_is_that_over_the_mean_entropy(pairs):
    labels, clusters = zip(*pairs, strict=True)
    if len(set(labels)) > 1 and len(set(clusters)) > 1:
        assert normalized_mutual_info_score(labels, clusters) == pytest.approx(
            information_slowly(labels, clusters), abs=1e-9
        )


def test_seeds_are_scored_apart():
    one, two = embeddings(seed=1), embeddings(seed=2)
    found = embedding_quality(pd.concat([one.assign(seed=1), two.assign(seed=2)]))
    assert list(found)[:2] == ["seed", "fold"] and found["seed"].to_list() == [1, 1, 2, 2]
    for seed, table in ((1, one), (2, two)):
        alone = found[found["seed"] == seed].drop(columns="seed").reset_index(drop=True)
        pd.testing.assert_frame_equal(alone, embedding_quality(table))


def test_answers_go_where_predictions_go():
    table = embeddings(spread=2.0)
    interval = image_interval(neighbour_predictions(table))
    assert 100 * interval.mean == pytest.approx(embedding_quality(table)["knn_accuracy"].mean())


def test_the_scatter_is_that_of_tested_rows():
    table = embeddings()
    test = table[(table["split"] == "test") & (table["fold"] == 1)]
    expected = scatter_ratio(test[["z_0", "z_1", "z_2"]].to_numpy(), test["label"].to_numpy())
    assert embedding_quality(table).set_index("fold").loc[1, "scatter_ratio"] == pytest.approx(expected)


@pytest.mark.filterwarnings("error")
def test_a_collapsed_embedding_tells_nothing():
    found = embedding_quality(embeddings().assign(z_0=1.0, z_1=1.0, z_2=1.0))
    assert found[["nmi", "ami"]].to_numpy().ravel().tolist() == pytest.approx([0] * 4, abs=1e-9)
    assert found["scatter_ratio"].isna().all()


def test_one_tested_class_has_no_information():
    table = embeddings()
    found = embedding_quality(table[(table["split"] == "train") | (table["label"] == 0)])
    assert found[["nmi", "ami"]].isna().all(axis=None) and found["knn_accuracy"].notna().all()


def test_what_cannot_be_scored_is_told():
    table = embeddings()
    test = table["split"] == "test"
    with pytest.raises(InputError, match="^fold 1: no embeddings of split 'train'"):
        embedding_quality(table[test | (table["fold"] == 0)])
    with pytest.raises(InputError, match="^seed 7, fold 0: 15 training embeddings, expected at least the 16 neigh"):
        embedding_quality(table.assign(seed=7), 16)
    with pytest.raises(InputError, match="no rows of split 'test'"):
        embedding_quality(table[~test])
    with pytest.raises(InputError, match="^fold 0: embeddings that are not finite"):
        embedding_quality(table.assign(z_1=np.nan))
    with pytest.raises(InputError, match="^0 neighbours, expected at least 1"):
        embedding_quality(table, 0)


@pytest.mark.parametrize("size", [8, 60, 120])
def test_a_map_keeps_clusters_together_however_few_there_are(size):
    table = embeddings(spread=0.05, size=size, d=5, classes=2, folds=1)
    points = tsne(table.filter(like="z_").to_numpy())
    assert points.shape == (size, 2) and points.dtype == np.float32 and np.isfinite(points).all()
    distance = np.linalg.norm(points[:, None] - points, axis=-1) + np.diag([np.inf] * size)
    labels = table["label"].to_numpy()
    assert (labels[distance.argmin(1)] == labels).mean() > 0.9


def test_a_map_is_the_same_each_time():
    points = embeddings(size=40).filter(like="z_").to_numpy()
    assert np.array_equal(tsne(points), tsne(points))


def test_four_points_have_a_map_and_points_that_are_one_stay_one():
    assert np.isfinite(tsne(np.eye(4))).all()
    assert not tsne(np.ones((6, 3))).any()


def test_what_has_no_map_is_told():
    with pytest.raises(InputError, match=r"shape \(3, 5\) cannot be mapped, expected at least 4 points"):
        tsne(np.zeros((3, 5)))
    with pytest.raises(InputError, match=r"shape \(9, 1\)"):
        tsne(np.zeros((9, 1)))
    with pytest.raises(InputError, match="not finite"):
        tsne(np.full((9, 2), np.inf))
