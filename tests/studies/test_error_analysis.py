"""Notebook 10's rows, pictures and groups on a small synthetic set."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.artifacts import read_card
from fer_lib.errors import InputError
from fer_lib.guidance import make_guidance
from fer_lib.reporting.figures import mistake_sheet
from fer_lib.reporting.publish import SHOWN
from fer_lib.studies import error_analysis as steps
from fer_lib.studies.trained_runs import join, load_trained

from .finished_runs import SEEDS, finish_guided, values


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    root = tmp_path_factory.mktemp("errors")
    finish_guided(root, variants=("simple_cnn", "none", "soft", "patches"))
    study = steps.ErrorAnalysisParameters.check(values(root))
    trained = load_trained(study)
    return study, trained, *join(study, trained)


def test_prediction_rows_say_it_in_words(found):
    _, _, faces, decisions = found
    table = steps.prediction_rows(faces, decisions, "soft")
    assert list(table) == ["sample_id", "seed", "fold", "label", "predicted", "confidence"]
    assert len(table) == 2 * len(faces) and not table.duplicated(["sample_id", "seed"]).any()
    row, last = table.iloc[-1], len(faces) - 1
    assert row["sample_id"] == faces.samples["sample_id"].iloc[last] and row["seed"] == SEEDS[1]
    assert row["label"] == faces.classes[faces.labels[last]]
    assert row["predicted"] == faces.classes[decisions.predicted[2, 1, last]] and row["confidence"] == 0.7998


def test_hard_rows_are_the_confusions_of_opposite_poles():
    pairs = [("positive", "neutral"), ("positive", "negative"), ("negative", "negative"), ("negative", "positive")]
    rows = steps.hard_rows(pd.DataFrame(pairs, columns=["true", "predicted"]).assign(count=[1, 2, 3, 4]))
    assert rows["count"].to_list() == [2, 4] and list(rows.index) == [0, 1]


def test_rows_are_kept_where_nothing_is_published(found):
    study, *_ = found
    stage = study.stage()
    steps.keep_rows(stage, "mine", pd.DataFrame({"sample_id": ["a"], "label": ["happy"]}))
    path = stage.folder / "rows" / "mine.csv"
    assert path.is_file() and stage.finish()["files"] == ["rows/mine.csv"]
    shown = {hit for pattern in SHOWN for hit in study.reports.glob(pattern)}
    assert path not in shown and stage.folder / "card.json" in shown and read_card(stage.folder)


def test_common_error_rows_are_those_of_all_variants_but_one(found):
    _, _, faces, decisions = found
    rows = steps.common_error_rows(faces, decisions.wrong, decisions)
    count = decisions.wrong.sum(0)
    expected = [i for i in range(len(faces)) if 3 in (count[0, i], count[1, i])]
    assert rows["sample_id"].to_list() == faces.samples["sample_id"].iloc[expected].to_list() and expected
    assert rows["seeds"].to_list() == [int((count[:, i] == 3).sum()) for i in expected]
    assert rows["failing"].to_list() == [count[:, i].mean() for i in expected]
    assert {"expression", "valence", "arousal", "label", "fold"} <= set(rows)


def test_strata_of_expressions_are_finer_than_folds(found):
    _, _, faces, decisions = found
    expression = steps.expressions(faces)
    strata = steps.strata(decisions, expression)
    assert len(np.unique(strata["independent"])) == 2
    pairs = {*zip(decisions.folds, expression, strict=True)}
    assert len(np.unique(strata["independent per expression"])) == len(pairs) == 12
    assert list(steps.expressions(faces.subset(np.arange(5)))) == faces.samples["expression"].iloc[:5].to_list()


def test_mistakes_show_what_the_network_saw(found):
    study, trained, faces, decisions = found
    lines = {line.name: line for line in steps.mistakes(faces, decisions, trained, study)}
    assert list(lines) == ["simple_cnn", "none", "soft", "patches"]
    assert lines["simple_cnn"].maps is None and lines["none"].maps is None
    soft = lines["soft"]
    assert list(soft.groups) == ["positive taken for negative", "negative taken for positive"]
    first = steps.most_confident(decisions.confused(steps.HARD[0])[2], decisions.confidence[2], study.pictures)
    options = {"landmarks": "dataset", "no_face_fill": "black"}
    assert np.array_equal(soft.images[: len(first)], faces.images[first])
    assert np.array_equal(soft.maps[: len(first)], make_guidance("soft", faces.subset(first), study.data, **options))
    few = faces.subset(steps.most_confident(decisions.confused(steps.HARD[0])[3], decisions.confidence[3], 3))
    patches = make_guidance("patches", few, study.data, **options)
    assert np.array_equal(lines["patches"].images[: len(few)], patches)
    sample = faces.samples.iloc[first[0]]
    assert soft.notes[0] == f"p = 0.80\nhappy\nV {sample['valence']:+.2f}  A {sample['arousal']:+.2f}"
    assert len(soft.notes) == len(soft.images) == sum(map(len, soft.groups.values()))


def test_a_variant_without_hard_confusions_has_an_empty_line(found):
    study, trained, faces, decisions = found
    right = type(decisions)(**{**vars(decisions), "predicted": np.broadcast_to(decisions.labels, (4, 2, len(faces)))})
    lines = steps.mistakes(faces, right, trained, study)
    assert all(len(line.images) == 0 for line in lines)
    texts = [text.get_text() for text in mistake_sheet(lines, "none at all", study.pictures).axes[0].texts]
    assert texts == ["simple_cnn: positive taken for negative (none)", "negative taken for positive (none)"]


@pytest.mark.parametrize("edges", [[0.5, 0.5], [0.9, 0.5], [0.0, 1.5], [1.0]])
def test_edges_must_rise_within_0_and_1(edges):
    with pytest.raises(InputError, match="edges"):
        steps.ErrorAnalysisParameters.check({"edges": edges})
