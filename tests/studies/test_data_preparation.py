"""Tables of notebook 01 on a set small enough to count by hand."""

import numpy as np
import pytest

from fer_lib.errors import InputError
from fer_lib.studies import data_preparation as steps

SPLITTING_SEED = 0  # under which the published scheme puts the two equal pictures into different folds
CLASSES = ("happy", "sad", "surprise")


@pytest.fixture
def faces(make_faces):
    images = np.repeat(np.arange(24, dtype=np.uint8), 48 * 48).reshape(24, 48, 48)
    images[12] = images[0]  # one picture twice, as "happy" and as "sad"
    labels = np.repeat([0, 1], 12)
    return make_faces(labels, CLASSES, images=images, split=["train", "test"] * 12)


def test_class_counts_have_totals_and_empty_classes(faces):
    table = steps.class_counts(faces)
    assert table.loc["all", "all"] == 24 and table.loc["train", "happy"] == 6 and table.loc["all", "surprise"] == 0


def test_leakage_counts_the_pair_only_where_it_is_split(faces):
    study = steps.PreparationParameters.check(
        {"folds": 2, "fold_schemes": ["published", "duplicate_safe"], "seed": SPLITTING_SEED}
    )
    leaks, reports, near_reports = steps.leakage_table(faces, study)
    crossing = leaks.set_index("scheme").iloc[:, 0]
    assert crossing["duplicate_safe"] == 0 and crossing["published"] == 2
    assert crossing["official parts"] == 0 and leaks["scheme"].tolist()[-1] == "official parts"  # both in "train"
    assert reports["published"].distinct == 23 and reports["published"].conflicting_images == 2
    assert near_reports["published"] == reports["published"]  # flat images are alike only if equal


def test_near_duplicates_are_counted_beside_equal_images(faces):
    near = np.arange(24) // 2  # an image of "train" and its neighbour of "test"
    near[12] = near[0]
    faces = type(faces)(faces.name, faces.images, faces.samples.assign(near_duplicate_group=near), faces.classes)
    study = steps.PreparationParameters.check({"folds": 2, "fold_schemes": ["duplicate_safe"]})
    leaks, reports, near_reports = steps.leakage_table(faces, study)
    crossing = leaks.set_index("scheme").filter(like="nearly equal").iloc[:, 0]
    assert crossing["duplicate_safe"] == 0 and crossing["official parts"] == 23  # 13 is left alone by 12
    table = steps.duplicate_table(reports, near_reports).set_index("what")
    assert table.loc["images in the largest group"].tolist() == [2, 3]
    assert table.loc["distinct images"].tolist() == [23, 12]
    assert table.loc["images with an equal image in another fold (official parts)"].tolist() == [0, 23]


def test_whether_a_person_is_in_two_folds_stands_in_every_row(faces):
    study = steps.PreparationParameters.check({"folds": 2, "fold_schemes": ["subject", "published"]})
    people = faces.samples.assign(subject=np.repeat([f"p{k}" for k in range(12)], 2), split="whole")
    known = type(faces)(faces.name, faces.images, people, faces.classes)
    assert steps.leakage_table(known, study)[0]["identity-disjoint"].tolist() == ["yes", "no"]
    nameless = type(faces)(faces.name, faces.images, people.assign(subject=""), faces.classes)
    study = steps.PreparationParameters.check({"folds": 2, "fold_schemes": ["published"]})
    assert steps.leakage_table(nameless, study)[0]["identity-disjoint"].tolist() == ["unknown"]


def test_a_set_without_official_parts_has_no_row_for_them(faces):
    whole = type(faces)(faces.name, faces.images, faces.samples.assign(split="whole"), faces.classes)
    leaks = steps.leakage_table(whole, steps.PreparationParameters.check({"folds": 2, "fold_schemes": ["published"]}))[
        0
    ]
    assert leaks["scheme"].tolist() == ["published"]


def test_duplicate_table_has_a_row_per_scheme(faces):
    study = steps.PreparationParameters.check({"folds": 2})
    table = steps.duplicate_table(steps.leakage_table(faces, study)[1]).set_index("what")["count"]
    assert table["distinct images"] == 23 and table["groups with conflicting labels"] == 1
    assert table["images with an equal image in another fold (duplicate_safe)"] == 0


def test_class_names(faces):
    assert steps.class_names(faces).tolist() == ["happy"] * 12 + ["sad"] * 12


def test_subject_folds_of_a_set_without_subjects_are_refused(faces):
    study = steps.PreparationParameters.check({"fold_schemes": ["subject"]})
    nameless = type(faces)(faces.name, faces.images, faces.samples.assign(subject=""), faces.classes)
    with pytest.raises(InputError, match="no known subject"):
        steps.leakage_table(nameless, study)
