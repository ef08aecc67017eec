"""Published numbers agree with themselves and with the specification they were read off."""

import pandas as pd
import pytest

from fer_lib.datasets.folds import SCHEMES
from fer_lib.evaluation.comparable import CHOSEN
from fer_lib.evaluation.published import (
    COLUMNS,
    STATUSES,
    all_published,
    list_papers,
    published,
    published_accuracy,
    published_class_scores,
    published_folds,
    published_noise,
    shown,
)
from fer_lib.evaluation.statistics import compare_folds, published_half_width
from fer_lib.guidance import list_guidance

ALL = [row for paper in list_papers() for row in published(paper).assign(file=paper).to_dict("records")]
every_row = pytest.mark.parametrize("row", ALL, ids=[f"{r['file']}-{r['dataset']}-{r['variant']}" for r in ALL])
GUIDED = [row for row in ALL if row["file"] == "guided_st"]
guided_row = pytest.mark.parametrize(
    "row", GUIDED, ids=[f"{r['dataset']}-{r['variant']}-{r['status']}" for r in GUIDED]
)
SAMPLES = {"fer2013": (31_885, 27_557), "affectnet": (325_239,)}


def said(value) -> bool:
    return isinstance(value, (list, str)) or pd.notna(value)


def test_a_file_for_every_paper_of_the_specifications():
    assert list_papers() == ["deep_emotion", "feratt", "fmpn", "guided_st", "rmn"]


@every_row
def test_row_says_what_was_measured_and_how_far_to_trust_it(row):
    assert row["dataset"] and row["variant"] and row["source"] and row["doi"]
    assert row["label_space"] in ("native", "polarity", "expression6") and row["protocol"] in CHOSEN
    assert row["split"] in (*SCHEMES, "paper") and row["status"] in STATUSES
    assert 0 < row["accuracy"] < 100
    if isinstance(row["class_names"], list):
        assert len(set(row["class_names"])) == row["classes"]


@every_row
def test_row_beats_guessing(row):
    if said(row["classes"]):
        assert row["accuracy"] > 100 / row["classes"]


@every_row
def test_mean_of_the_folds_is_the_stated_mean(row):
    if not isinstance(row["folds"], list):
        return
    assert len(row["folds"]) == row["n_folds"]
    assert sum(row["folds"]) / len(row["folds"]) == pytest.approx(row["accuracy"], abs=0.0051)  # folds are rounded too


@every_row
def test_recalled_numbers_are_never_printed_without_saying_so(row):
    text = shown(row["accuracy"], row["status"], row["half_width"])
    assert text.startswith(f"{row['accuracy']:.2f}")
    assert (row["status"] in text) == (row["status"] != "verified")


def test_a_number_with_its_half_width_and_mark():
    assert shown(74.93, "verified", 0.48) == "74.93 ± 0.48"
    assert shown(70.02, "recalled") == "70.02 [recalled]" and shown(65, "reported", 5) == "65.00 ± 5.00 [reported]"


def test_what_the_specification_recalls_is_marked():
    """Its whole table for Deep-Emotion, and what it could not read in the source's own text."""
    rows = all_published().set_index(["file", "variant"])
    assert set(rows.loc["deep_emotion", "status"]) == {"recalled"}
    assert rows.loc[("rmn", "DL-SVM"), "status"] == rows.loc[("rmn", "8 CNNs"), "status"] == "recalled"
    assert rows.loc[("fmpn", "fmpn")].query("dataset == 'affectnet'")["status"].to_list() == ["reported"]


def test_all_papers_in_one_table():
    table = all_published()
    assert len(table) == len(ALL) and list(table) == [*COLUMNS, "file"]
    keys = ["file", "dataset", "label_space", "classes", "variant", "status"]
    assert not table.duplicated(keys).any()


@every_row
def test_f1_of_feratt_follows_from_precision_and_recall(row):
    if said(row.get("f1", float("nan"))):
        p, r = row["precision"], row["recall"]
        assert 2 * p * r / (p + r) == pytest.approx(row["f1"], abs=0.0201)


def test_all_twelve_published_f1_are_of_macro_precision_and_recall():
    rows = published("feratt").dropna(subset="f1")
    assert len(rows) == 12
    harmonic = 2 * rows["precision"] * rows["recall"] / (rows["precision"] + rows["recall"])
    assert (harmonic - rows["f1"]).abs().max() < 0.0201


def test_accuracy_under_noise_is_that_of_the_specification():
    table = published_noise("ckplus")
    assert list(table) == ["variant", "sigma", "accuracy"] and (table["accuracy"].dtype, len(table)) == (float, 21)
    found = {name: part.set_index("sigma")["accuracy"].to_dict() for name, part in table.groupby("variant")}
    sigmas = (0.01, 0.05, 0.07, 0.09, 0.1, 0.2, 0.3)
    expected = {
        "preact_resnet18": (86.25, 82.5, 81.25, 76.25, 78.75, 53.75, 32.5),
        "feratt_cls": (87.5, 87.5, 87.5, 86.25, 85.0, 56.25, 16.25),
        "feratt_rep_cls": (86.25, 86.25, 86.25, 85.0, 85.0, 70.0, 38.75),
    }
    assert found == {name: dict(zip(sigmas, values, strict=True)) for name, values in expected.items()}
    # named as in the paper's other tables
    assert set(table["variant"]) == set(published_accuracy("feratt", dataset="bu3dfe", classes=7).index)


def test_noise_that_no_paper_tried_has_an_empty_table():
    assert published_noise("bu3dfe").empty and published_noise("fer2013", "guided_st").empty
    assert list(published_noise("bu3dfe")) == list(published_noise("ckplus"))


@guided_row
def test_guided_row_is_complete(row):
    assert row["classes"] == 3 and row["protocol"] == "reference"
    assert row["samples"] in SAMPLES[row["dataset"]] or row["status"] == "superseded"
    assert row["doi"] == "10.3390/app11167217"
    kind = row["variant"].removeprefix("tl_")
    assert kind == "simple_cnn" or kind in list_guidance()
    # fold values are what verified means here
    assert (row["status"] == "verified") == isinstance(row["folds"], list)


@guided_row
def test_half_width_follows_the_published_formula(row):
    if row["status"] != "superseded":
        assert published_half_width(row["accuracy"], row["samples"]) == pytest.approx(row["half_width"], abs=0.0051)


@guided_row
def test_every_variant_beats_the_majority_class_of_fer2013(row):
    assert row["accuracy"] > 52.37


def test_no_variant_twice_and_nothing_superseded_by_name():
    for dataset in SAMPLES:
        rows = published_accuracy("guided_st", dataset=dataset, classes=3)
        assert rows.index.is_unique and "superseded" not in set(rows["status"])


def test_headline_gain_of_transfer_learning():
    """The abstract: +1.49 points on FER-2013."""
    rows = published_accuracy("guided_st", dataset="fer2013", classes=3)
    gain = rows.loc["tl_saliency_msinet", "accuracy"] - rows.loc["tl_none", "accuracy"]
    assert gain == pytest.approx(1.49)


def test_headline_gain_of_soft_masks():
    """The abstract: +0.35 points on AffectNet."""
    rows = published_accuracy("guided_st", dataset="affectnet", classes=3)
    assert rows.loc["soft", "accuracy"] - rows.loc["none", "accuracy"] == pytest.approx(0.35)


def test_most_gains_of_masks_vanish_under_the_corrected_test():
    rows = published_accuracy("guided_st", dataset="affectnet", classes=3)
    p = {v: compare_folds(rows.loc[v, "folds"], rows.loc["none", "folds"], 0.8).p_value for v in rows.index}
    assert min(p[v] for v in ("binary", "dilated", "saliency_msinet")) > 0.05
    assert p["patches"] < 0.001


def test_rows_are_found_by_data_set_and_classes():
    rows = published_accuracy("guided_st", dataset="fer2013", classes=3)
    assert rows.loc["none", "accuracy"] == 72.92
    assert published_accuracy("guided_st", dataset="fer2013", classes=7).empty


@pytest.mark.parametrize("dataset", ["ckplus", "mmi", "jaffe", "affectnet", "fer2013"])
@pytest.mark.parametrize("paper", list_papers())
def test_folds_of_a_paper_are_those_of_its_rows(paper, dataset):
    rows = published(paper).query("dataset == @dataset and status != 'superseded'")
    expected = [
        (row["variant"], fold, accuracy)
        for row in rows.to_dict("records")
        if isinstance(row["folds"], list)
        for fold, accuracy in enumerate(row["folds"])
    ]
    table = published_folds(paper, dataset)
    assert list(table.itertuples(index=False, name=None)) == expected
    assert not table.duplicated(["variant", "fold"]).any() and table["accuracy"].dtype == float


@pytest.mark.parametrize("dataset", ["ckplus", "jaffe"])
def test_class_scores_of_fmpn_cover_the_classes_and_images_of_its_accuracy(dataset):
    table = published_class_scores(dataset)
    (row,) = published("fmpn").query("dataset == @dataset and variant == 'fmpn (fork)'").to_dict("records")
    assert table["class"].to_list() == row["class_names"] and table["samples"].sum() == row["samples"]
    assert set(table["variant"]) == {row["variant"]} and set(table["status"]) <= set(STATUSES)
    # pooled, the recalls weighted by images would be the image-weighted accuracy; means of folds come near it
    assert (table["recall"] * table["samples"]).sum() / row["samples"] == pytest.approx(row["accuracy"], abs=10)


def test_f1_of_fmpn_is_not_the_harmonic_mean_of_precision_and_recall():
    table = published_class_scores("ckplus").set_index("class").loc["surprise"]
    harmonic = 2 * table["precision"] * table["recall"] / (table["precision"] + table["recall"])
    assert table["f1"] - harmonic > 3


def test_a_set_without_class_scores_has_an_empty_table():
    assert published_class_scores("mmi").empty and published_class_scores("fer2013", "guided_st").empty
    assert list(published_class_scores("mmi")) == list(published_class_scores("jaffe"))
