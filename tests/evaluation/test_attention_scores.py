"""Attention inside the mask: sums by hand, people as the unit, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.errors import InputError
from fer_lib.evaluation.attention_scores import attention_table
from fer_lib.evaluation.statistics import clustered_mean

BOTH = ["all", "face at most 35 %"]


def compositions(people=6, faces=2, copies=3, seed=0) -> tuple[pd.DataFrame, pd.Series]:
    """Attention differs from person to person, more than between one person's compositions."""
    rng = np.random.default_rng(seed)
    rows, groups = [], {}
    for person in range(people):
        level = rng.uniform(0.6, 0.95)
        for face in (f"p{person}-{k}" for k in range(faces)):
            groups[face] = f"person {person}"
            for copy in range(copies):
                coverage, input_error = rng.uniform(0.1, 0.6), rng.uniform(1, 2)
                scores = {
                    "coverage": coverage,
                    "mass": level + rng.uniform(-0.02, 0.02),
                    "untrained_mass": coverage + rng.uniform(-0.02, 0.02),
                    "error": 0.2 * input_error + rng.uniform(0, 0.1),
                    "untrained_error": input_error + rng.uniform(0, 0.1),
                    "input_error": input_error,
                }
                rows.append({"sample_id": f"{face}#{copy}", "face": face, "fold": 0, "split": "test"} | scores)
    return pd.DataFrame(rows), pd.Series(groups)


def row_slowly(rows, groups):
    def mean(name):
        return sum(row[name] for row in rows) / len(rows)

    return {
        "n": len({row["sample_id"] for row in rows}),
        "groups": len({groups[row["face"]] for row in rows}),
        "coverage": mean("coverage"),
        "mass": mean("mass"),
        "untrained_mass": mean("untrained_mass"),
        "error_ratio": mean("error") / mean("input_error"),
        "untrained_error_ratio": mean("untrained_error") / mean("input_error"),
    }


@pytest.mark.parametrize("max_coverage", [0.35, 0.2])
def test_equals_its_slow_twin(max_coverage):
    table, groups = compositions()
    found = attention_table(table, groups, max_coverage=max_coverage).set_index("set")
    rows = table.to_dict("records")
    small = [row for row in rows if row["coverage"] <= max_coverage]
    for name, part in zip(["all", f"face at most {100 * max_coverage:g} %"], (rows, small), strict=True):
        expected = row_slowly(part, groups)
        assert found.loc[name, list(expected)].to_dict() == pytest.approx(expected)
        for mass in ("mass", "untrained_mass"):
            slow = clustered_mean([row[mass] for row in part], [groups[row["face"]] for row in part]).interval
            ends = found.loc[name, [f"{mass}_low", f"{mass}_high"]].to_list()
            assert ends == pytest.approx([slow.low, slow.high])


def test_the_columns_are_those_that_others_read():
    table, groups = compositions()
    assert list(attention_table(table, groups)) == [
        *("set", "n", "groups", "seeds", "coverage", "mass", "mass_low", "mass_high"),
        *("untrained_mass", "untrained_mass_low", "untrained_mass_high", "error_ratio", "untrained_error_ratio"),
    ]
    assert attention_table(table, groups)["set"].to_list() == BOTH


def test_people_are_what_the_interval_is_over():
    """Faces of one person agree, so taking each for itself would promise too much."""
    table, groups = compositions(faces=8)
    by_person, by_face = (attention_table(table, g).iloc[0] for g in (groups, None))
    assert by_person["mass"] == by_face["mass"] and by_face["groups"] == 8 * by_person["groups"] == 48
    assert by_person["mass_high"] - by_person["mass_low"] > 2 * (by_face["mass_high"] - by_face["mass_low"])


def test_seeds_that_agree_tell_no_more_than_one():
    table, groups = compositions()
    twice = pd.concat([table.assign(seed=1), table.assign(seed=2)])
    found = attention_table(twice, groups)
    assert found["seeds"].to_list() == [2, 2]
    pd.testing.assert_frame_equal(found.assign(seeds=1), attention_table(table, groups))


def test_a_face_of_just_the_share_is_small():
    table, groups = compositions()
    found = attention_table(table.assign(coverage=0.35), groups)
    assert found.loc[0, "n"] == found.loc[1, "n"] == len(table)


def test_the_interval_ends_where_shares_end():
    table, groups = compositions()
    share = table["face"].map(groups).map({f"person {i}": 1.0 for i in range(5)} | {"person 5": 0.9})
    row = attention_table(table.assign(mass=share), groups).iloc[0]
    assert row["mass_low"] < row["mass"] < 1 == row["mass_high"]


def test_sets_without_compositions_or_with_one_person():
    table, groups = compositions()
    none = attention_table(table.assign(coverage=0.5), groups).iloc[1]
    assert none["n"] == none["groups"] == 0 and none[["mass", "mass_low", "error_ratio"]].isna().all()
    one = attention_table(table, pd.Series("anna", index=groups.index)).iloc[0]
    assert one["groups"] == 1 and pd.notna(one["mass"]) and one[["mass_low", "mass_high"]].isna().all()


def test_what_cannot_be_scored_is_told():
    table, groups = compositions()
    with pytest.raises(InputError, match="36 of 36 compositions have no attention scores, expected a variant with"):
        attention_table(table.assign(mass=np.nan), groups)
    with pytest.raises(InputError, match="3 of 36 tested images have no group"):
        attention_table(table, groups.drop("p0-0"))
    with pytest.raises(InputError, match="max_coverage = 35, expected a share"):
        attention_table(table, groups, max_coverage=35)
    with pytest.raises(InputError, match="no compositions"):
        attention_table(table.iloc[:0], groups)
