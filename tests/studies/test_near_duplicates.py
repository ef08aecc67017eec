"""What notebook 01 shows of near-duplicates, on photographs whose copies are known."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.datasets.near_duplicates import SIMILARITY
from fer_lib.reporting import figures
from fer_lib.studies import near_duplicates as nearly

from ..datasets.test_fingerprints import pictures


@pytest.fixture
def faces(make_faces):
    """Eight photographs; 8 is 0 again, 9 is 1 darker, 10 is 2 darker under another label, 11 is 3 mirrored."""
    images = pictures(8)
    more = [images[0], images[1] * 0.7, images[2] * 0.7, images[3, :, ::-1]]
    labels = [0, 1, 2, 0, 1, 2, 0, 1, 0, 1, 0, 0]
    return make_faces(labels, images=np.concatenate([images, np.stack(more).astype(np.uint8)]))


def test_likeness_names_pairs_of_different_images_by_their_position(faces):
    pairs, control = nearly.likeness(faces)
    alike = pairs[pairs["similarity"] >= SIMILARITY]
    assert sorted(zip(alike["first"], alike["second"], alike["agree"], strict=True)) == [(1, 9, True), (2, 10, False)]
    assert pairs["similarity"].is_monotonic_increasing
    mirrored = control[control["similarity"] >= SIMILARITY]
    assert mirrored[["first", "second"]].to_numpy().tolist() == [[3, 11]] and mirrored["agree"].all()


def test_the_table_counts_every_pair_once(faces):
    pairs = pd.DataFrame({"similarity": np.float32([0.84, 0.85, 0.905, 0.99, 1.0000001]), "agree": [0, 1, 1, 1, 0]})
    table = nearly.likeness_table(pairs.astype({"agree": bool}), pairs.iloc[:0].astype({"agree": bool}))
    assert table["pairs"].sum() == 5 and table["mirrored"].sum() == 0
    row = table.set_index("similarity")
    assert row.loc["0.84–0.86", ["pairs", "pairs: one label (%)"]].tolist() == [2, 50]
    assert row.loc["0.98–1.00", ["pairs", "pairs: one label (%)"]].tolist() == [2, 50]
    assert np.isnan(row.loc["0.91–0.92", "pairs: one label (%)"])


def test_chance(make_faces):
    assert nearly.chance(make_faces([0, 0, 0, 1])) == pytest.approx(100 * (9 + 1) / 16)


def test_examples_follow_the_levels():
    pairs = pd.DataFrame({"similarity": [0.85, 0.9, 0.91, 0.95], "first": 0, "second": 1})
    assert nearly.examples(pairs, (0.84, 0.86, 0.88, 0.93, 0.99))["similarity"].tolist() == [0.85, 0.9, 0.95]
    assert len(nearly.examples(pairs.iloc[:0], (0.9,))) == 0


def test_largest_groups():
    groups = nearly.largest_groups(np.array([4, 7, 4, 7, 4, 1]), count=5)
    assert [group.tolist() for group in groups] == [[0, 2, 4], [1, 3]]


def test_figures_are_drawn_with_and_without_pairs(faces):
    pairs, control = nearly.likeness(faces)
    names = np.array(faces.classes)[faces.labels]
    for found in (pairs, pairs.iloc[:0]):
        table = nearly.likeness_table(found, control.iloc[:0])
        assert len(figures.likeness_curves(table, SIMILARITY, 33.0, "curves").axes) == 2
        sheet = figures.pair_sheet(faces.images, found, names, "pairs")
        assert sum(len(axis.images) for axis in sheet.axes) == 2 * len(found)
    sheet = figures.group_sheet(faces.images, [np.arange(12), np.arange(2)], "groups", columns=10)
    assert sum(len(axis.images) for axis in sheet.axes) == 12
    assert figures.group_sheet(faces.images, [], "groups").axes
