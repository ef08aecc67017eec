"""The published layout with ours below: what stands where, what was not run, and what notes say."""

import pandas as pd
import pytest

from fer_lib.errors import InputError
from fer_lib.evaluation.comparable import Design
from fer_lib.evaluation.published import published
from fer_lib.reporting.paper_tables import four_tables, method_of

PRINTED = published("feratt")
SYNTHETIC, REAL = "synthetic (tested faces over new backgrounds)", "real (the pictures themselves)"


def ours(*rows):
    """Rows of ``target, part, variant, accuracy``."""
    table = pd.DataFrame(rows, columns=["target", "part", "variant", "accuracy"])
    return table.assign(
        low=table["accuracy"] - 5, high=table["accuracy"] + 4, precision=61.0, recall=62.0, f1=61.5
    )  # fmt: skip


CK = ours(
    ("CK+", "real", "preact_slim", 70.0),
    ("CK+", "real", "feratt_cls_slim", 71.0),
    ("CK+", "real", "feratt_cls_2019", 72.0),
    ("CK+", "synthetic", "preact_slim", 50.0),
)


@pytest.mark.parametrize(
    ("variant", "method"),
    [
        ("preact", "PreActResNet18"), ("preact_resnet18", "PreActResNet18"), ("preact_slim", "PreActResNet18"),
        ("feratt_cls_2019", "FERAtt+Cls"), ("feratt_rep_cls", "FERAtt+Rep+Cls"), ("majority class", None),
    ],
)  # fmt: skip
def test_a_variant_is_of_the_method_that_its_name_begins_with(variant, method):
    assert method_of(variant) == method


def test_the_four_tables_stand_in_the_order_of_the_paper_before_sets_of_ours_alone():
    tables = four_tables(pd.concat([ours(("JAFFE", "real", "preact", 40.0)), CK], ignore_index=True), PRINTED)
    assert [one.title for one in tables] == [
        f"BU-3DFE, {SYNTHETIC}", f"BU-3DFE, {REAL}", f"CK+, {SYNTHETIC}", f"CK+, {REAL}", f"JAFFE, {REAL}",
    ]  # fmt: skip


def test_a_published_set_without_runs_says_so():
    first = four_tables(CK, PRINTED)[0]
    assert first.note == "No run of this set."
    assert [list(row) for row in first.rows.to_numpy()] == [
        ["PreActResNet18", "published", "69.37", "71.48", "69.56", "70.50"],
        ["PreActResNet18", "ours", "not run", "–", "–", "–"],
        ["FERAtt+Cls", "published", "75.15", "77.34", "75.45", "76.38"],
        ["FERAtt+Cls", "ours", "not run", "–", "–", "–"],
        ["FERAtt+Rep+Cls", "published", "77.90", "79.58", "78.05", "78.81"],
        ["FERAtt+Rep+Cls", "ours", "not run", "–", "–", "–"],
    ]
    assert list(first.rows) == ["method", "from", "accuracy % [95 %]", "precision %", "recall %", "F1 %"]


def test_ours_stand_below_the_published_row_of_their_method():
    rows = four_tables(CK, PRINTED)[3].rows
    scores = ["61.00", "62.00", "61.50"]
    assert [list(row) for row in rows.to_numpy()] == [
        ["PreActResNet18", "published", "86.67", "81.62", "80.15", "80.87"],
        ["PreActResNet18", "ours: preact_slim", "70.00 [65.00, 74.00]", *scores],
        ["FERAtt+Cls", "published", "85.42", "75.65", "78.79", "77.18"],
        ["FERAtt+Cls", "ours: feratt_cls_slim", "71.00 [66.00, 75.00]", *scores],
        ["FERAtt+Cls", "ours: feratt_cls_2019", "72.00 [67.00, 76.00]", *scores],
        ["FERAtt+Rep+Cls", "published", "90.30", "83.64", "84.90", "84.25"],
        ["FERAtt+Rep+Cls", "ours", "not run", "–", "–", "–"],
    ]  # the rows under noise of the same set are no part of it


def test_both_definitions_of_f1_are_shown_where_ours_has_both():
    rows = four_tables(CK.assign(macro_f1=60.25), PRINTED)[3].rows
    assert rows["mean of the classes' F1 %"].to_list() == ["–", "60.25", "–", "60.25", "60.25", "–", "–"]


def test_a_note_names_networks_that_are_not_the_published_one():
    note = four_tables(CK, PRINTED)[3].note
    assert note == (
        "Ours differs from the published: a slim network in place of the published one: preact_slim, feratt_cls_slim; "
        "the code of 2019 in place of that of 2018: feratt_cls_2019. Classes and protocol were not compared."
    )
    same = four_tables(ours(("CK+", "real", "preact", 80.0)), PRINTED)[3].note
    assert same == "The same network as published. Classes and protocol were not compared."


def test_a_note_tells_other_classes_and_another_protocol():
    design = Design("ckplus", "native", tuple("abcdefg"), "honest", "subject", 5, 981)
    synthetic, real = four_tables(CK, PRINTED, {"CK+": design})[2:4]
    for one in (synthetic, real):
        assert "classes: 8 (native), ours 7 (native); epoch chosen on the reported images, ours apart" in one.note
        assert "measured on" not in one.note and "not compared" not in one.note


def test_designs_tell_the_set_whatever_it_is_called():
    design = Design("bu3dfe", "native", tuple("abcdefg"), "reference", "subject", 10, 100)
    tables = four_tables(ours(("faces in 3-D", "real", "preact", 80.0)), PRINTED, {"faces in 3-D": design})
    assert len(tables) == 4 and tables[1].rows["from"].to_list()[1] == "ours: preact"
    with pytest.raises(InputError, match="CK\\+: no design says what was measured there"):
        four_tables(CK, PRINTED, {"faces in 3-D": design})


def test_two_targets_of_one_set_are_told_apart():
    both = ours(("CK+", "real", "preact", 80.0), ("CK+-2", "real", "preact", 81.0))
    designs = {
        name: Design("ckplus", "native", tuple("abcdefg"[:count]), "reference", "subject", 10, 9)
        for name, count in (("CK+", 7), ("CK+-2", 6))
    }
    for found in (four_tables(both, PRINTED), four_tables(both, PRINTED, designs)):
        assert len(found) == 4
        assert found[3].rows["from"].to_list()[1:3] == ["ours: CK+: preact", "ours: CK+-2: preact"]
    assert "ours 7 (native) (CK+); split" in found[3].note and "ours 6 (native) (CK+-2)" in found[3].note
    assert "folds: 10 (CK+, CK+-2)" in found[3].note


def test_a_note_ends_on_what_was_trained_otherwise():
    recipes = {"CK+": ["epochs 4 (60)", "warp 0.03 (0.2)"]}
    told, none = (four_tables(CK, PRINTED, recipes=given)[3].note for given in (recipes, {"CK+": []}))
    assert told == f"{none} Trained otherwise (published in brackets): epochs 4 (60); warp 0.03 (0.2)."
    assert none == four_tables(CK, PRINTED)[3].note
    both = ours(("CK+", "real", "preact", 80.0), ("CK+-2", "real", "preact", 81.0))
    note = four_tables(both, PRINTED, recipes={"CK+": ["a", "b"], "CK+-2": ["b"]})[3].note
    assert note.endswith("Trained otherwise (published in brackets): a (CK+); b (CK+, CK+-2).")
    assert "Trained" not in four_tables(CK, PRINTED, recipes=recipes)[0].note  # no run of that set


def test_sets_of_ours_alone_have_the_same_layout_and_recipes_stand_under_their_base():
    table = ours(("drawn", "synthetic", "majority class", 20.0), ("drawn", "synthetic", "long", 60.0))
    (one,) = four_tables(table.assign(base=[None, "feratt_rep_cls_slim"]), PRINTED)[4:]
    assert one.title == f"drawn, {SYNTHETIC}" and one.note == "Nothing was published of this set."
    assert one.rows[["method", "from"]].to_numpy().tolist() == [
        ["PreActResNet18", "ours"], ["FERAtt+Cls", "ours"], ["FERAtt+Rep+Cls", "ours: long"],
        ["–", "ours: majority class"],
    ]  # fmt: skip


def test_a_part_of_another_name_is_told():
    with pytest.raises(InputError, match="part 'photographs', expected 'synthetic' or 'real'"):
        four_tables(ours(("CK+", "photographs", "preact", 80.0)), PRINTED)
