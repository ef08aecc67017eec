"""Which tested faces notebook 07 maps."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from fer_lib.evaluation.embedding_quality import tsne
from fer_lib.studies import feratt_attention as attends

TITLE, VARIANTS = "a set", ("alone", "attending")


def target(*tested: int):
    """So many faces are tested in each fold, after five that none tests."""
    folds = np.concatenate([np.full(5, -1), np.repeat(np.arange(len(tested)), tested)])
    return SimpleNamespace(title=TITLE, splits={"subject": SimpleNamespace(folds=folds)})


@pytest.fixture
def embeddings(monkeypatch):
    """``embeddings(target)``: stored tables, by variant, seeds 3 and 5; and the scores to go with them."""

    def make(chosen):
        folds = chosen.splits["subject"].folds
        tables, rows = {}, []
        for place, variant in enumerate(VARIANTS):
            for seed in (5, 3):
                rng = np.random.default_rng((place, seed))
                values = pd.DataFrame(rng.normal(size=(len(folds), 3)), columns=["z_0", "z_1", "z_2"])
                tested = values.assign(fold=folds, split="test", label=np.arange(len(folds)) % 3)[folds >= 0]
                known = values.assign(fold=int(folds.max()), split="train", label=0)
                tables[variant, seed] = pd.concat([known, tested], ignore_index=True)
                rows += [
                    {"target": TITLE, "variant": variant, "seed": seed, "fold": fold, "knn_accuracy": 10 * fold + seed,
                     "ami": fold / 10 + place / 100}
                    for fold in range(folds.max() + 1)
                ]  # fmt: skip

        def stored(by_variant, name):
            assert name == "embeddings"
            ((variant, by_seed),) = by_variant.items()
            return {variant: pd.concat([tables[variant, seed].assign(seed=seed) for seed in by_seed])}

        monkeypatch.setattr(attends, "composed_tables", stored)
        return tables, pd.DataFrame(rows)

    return make


def points(chosen, scores):
    runs = {TITLE: {"subject": {variant: dict.fromkeys((5, 3)) for variant in VARIANTS}}}
    return attends.embedding_points(SimpleNamespace(seed=1), chosen, runs, scores)


def test_the_fold_with_the_most_tested_faces_is_mapped_the_first_of_such(embeddings):
    chosen = target(2, 9, 9, 4)
    tables, scores = embeddings(chosen)
    found, labels, notes = points(chosen, scores)
    for variant in VARIANTS:
        own = tables[variant, 3].query("split == 'test' and fold == 1")
        assert np.array_equal(found[variant], tsne(own[["z_0", "z_1", "z_2"]].to_numpy(), 1)) and len(own) == 9
        assert labels.tolist() == own["label"].tolist()
    assert notes == {"alone": "k-NN 13 %, AMI 0.10", "attending": "k-NN 13 %, AMI 0.11"}


@pytest.mark.parametrize(("tested", "mapped"), [((3, 3, 1), 0), ((3, 4), 2)])
def test_fewer_than_four_faces_have_no_map(embeddings, tested, mapped):
    chosen = target(*tested)
    found, labels, notes = points(chosen, embeddings(chosen)[1])
    assert len(found) == len(notes) == mapped and len(labels) == (4 if mapped else 0)
    assert labels.dtype == np.int64
