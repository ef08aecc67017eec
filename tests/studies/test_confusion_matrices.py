"""Notebook 11's tables on answers by hand."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.evaluation.confusion import class_table, confused_pairs, mean_matrices
from fer_lib.studies import confusion_matrices as steps

from ..evaluation.small_decisions import CLASSES, decide
from .finished_runs import finish_guided, values


@pytest.fixture
def decisions():
    return decide("nnPP----", {"none": ["nnPP----"], "soft": ["PnnPPP--"]}, folds=[0, 1] * 4)


@pytest.fixture
def faces(make_faces):
    expression = ["neutral", "neutral", "happy", "happy", "sad", "angry", "angry", "sad"]
    return make_faces([0, 0, 1, 1, 2, 2, 2, 2], CLASSES, expression=expression)


def test_pooled_matrices_count_all_folds(decisions):
    assert steps.pooled(decisions)["soft"].tolist() == [[1, 1, 0], [1, 1, 0], [0, 2, 2]]
    assert np.array_equal(steps.by_fold(decisions)[1].sum(0), steps.pooled(decisions)["soft"])


def test_expressions_are_ordered_by_polarity(faces, decisions):
    names, matrices = steps.by_expression(faces, decisions)
    assert names == ["neutral", "happy", "angry", "sad"]
    assert matrices["soft"].tolist() == [[1, 1, 0], [1, 1, 0], [0, 1, 1], [0, 1, 1]]


def test_a_set_without_expressions_shows_its_classes(make_faces, decisions):
    names, matrices = steps.by_expression(make_faces(decisions.labels, CLASSES), decisions)
    assert names == list(CLASSES) and np.array_equal(matrices["soft"], steps.pooled(decisions)["soft"])


def test_long_table_has_a_row_per_cell(decisions):
    table = steps.long_table(steps.pooled(decisions), CLASSES, CLASSES).set_index(["variant", "true", "predicted"])
    assert len(table) == 18
    assert table.loc[("soft", "negative", "positive")].to_list() == [2, 50]


def test_average_keeps_the_order_of_variants_and_classes(decisions):
    table = steps.average_for_readers(mean_matrices(decisions))
    assert list(table.index) == [(v, c) for v in ("none", "soft") for c in CLASSES] and list(table) == list(CLASSES)
    assert table.loc[("soft", "negative"), "positive"] == "1.0 ± 0.0"
    assert table.loc[("soft", "neutral"), "positive"] == "0.5 ± 0.7"


def test_tables_for_papers(decisions):
    matrix = steps.matrix_for_paper(steps.pooled(decisions), CLASSES, CLASSES)
    assert matrix.iloc[5].to_list() == ["soft", "negative", "0.0 (0)", "50.0 (2)", "50.0 (2)"]
    scores = steps.classes_for_paper(class_table(decisions))
    assert scores.iloc[0].to_list() == ["none", "neutral", 2, "100.0 ± 0.0", "100.0 ± 0.0", "100.0 ± 0.0"]


def test_latex_says_what_it_rests_on(tmp_path, decisions):
    finish_guided(tmp_path)
    study = steps.ConfusionParameters.check(values(tmp_path))
    stage = study.stage()
    trained = steps.TrainedRuns({}, None, "honest")
    steps.write_latex(stage, {"classes": pd.DataFrame({"variant": ["simple_cnn"]})}, trained, decisions)
    text = (stage.folder / "latex" / "classes.tex").read_text()
    assert text.startswith("% synthetic, polarity, 8 images, 2 folds, 1 seed, protocol honest\n")
    assert "simple\\_cnn" in text and stage.files == ["latex/classes.tex"]


def test_most_confused_pair_in_a_sentence(decisions):
    said = steps.most_confused(confused_pairs(decisions))
    assert "soft: negative taken for positive (50.0 % of the class, 50 % of the errors)" in said
