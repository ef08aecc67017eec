"""Accuracy under noise, sigma by sigma, and its paired differences as one family."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from fer_lib.errors import InputError
from fer_lib.evaluation.noise_curve import noise_differences, noise_table
from fer_lib.evaluation.statistics import clustered_mean, holm

SIGMAS = [0.01, 0.1, 0.3]


def noisy(error: float, seeds=(1, 2), images=40, rng_seed=0) -> pd.DataFrame:
    """Three classes; errors grow with sigma; rows in any order."""
    rng = np.random.default_rng(rng_seed)
    parts = []
    for seed in seeds:
        for sigma in SIGMAS:
            labels = np.arange(images) % 3
            wrong = rng.random(images) < error + sigma
            head = {"sample_id": [f"i{k}" for k in range(images)], "fold": np.arange(images) % 2, "sigma": sigma}
            parts.append(pd.DataFrame(head | {"label": labels, "predicted": (labels + wrong) % 3, "seed": seed}))
    return pd.concat(parts).sample(frac=1, random_state=rng_seed)


GROUPS = pd.Series([f"person {k // 5}" for k in range(40)], index=[f"i{k}" for k in range(40)])


@pytest.fixture
def variants():
    return {"preact": noisy(0.3), "cls": noisy(0.2, rng_seed=1), "rep": noisy(0.05, rng_seed=2)}


@pytest.mark.parametrize("seeds", [(1,), (1, 2)])
def test_a_row_per_sigma_over_people(seeds):
    noise = noisy(0.2, seeds)
    found = noise_table(noise, GROUPS)
    assert list(found) == ["sigma", "samples", "accuracy", "low", "high"]
    assert found["sigma"].to_list() == SIGMAS and (found["samples"] == 40).all()
    for row in found.itertuples():
        part = noise[noise["sigma"] == row.sigma]
        right = [float(a == b) for a, b in zip(part["label"], part["predicted"], strict=True)]
        slow = clustered_mean(right, part["sample_id"].map(GROUPS)).interval
        assert row.accuracy == pytest.approx(100 * sum(right) / len(right))
        assert (row.low, row.high) == pytest.approx((max(0, 100 * slow.low), min(100, 100 * slow.high)))


def test_a_table_without_seeds_is_one_seed():
    noise = noisy(0.2, (1,))
    pd.testing.assert_frame_equal(noise_table(noise.drop(columns="seed"), GROUPS), noise_table(noise, GROUPS))


def test_without_groups_images_stand_alone():
    noise = noisy(0.2)
    alone = pd.Series(range(40), index=GROUPS.index)
    pd.testing.assert_frame_equal(noise_table(noise), noise_table(noise, alone))


def test_differences_are_paired_and_one_family(variants):
    found = noise_differences(variants, "preact", GROUPS)
    assert list(found) == [
        *("sigma", "variant", "baseline", "difference", "low", "high", "p_value", "p_holm", "samples")
    ]
    assert found[["sigma", "variant"]].to_numpy().tolist() == [[s, v] for s in SIGMAS for v in ("cls", "rep")]
    assert set(found["baseline"]) == {"preact"}
    right = {
        name: (table["label"] == table["predicted"])
        .astype(float)
        .set_axis(pd.MultiIndex.from_frame(table[["sigma", "sample_id", "seed"]]))
        for name, table in variants.items()
    }
    for row in found.itertuples():
        # people have as many decisions each, so this is a t-test of their mean differences
        change = (right[row.variant] - right["preact"])[row.sigma]
        means = change.groupby(change.index.get_level_values("sample_id").map(GROUPS)).mean()
        slow = stats.ttest_1samp(means, 0)
        low, high = slow.confidence_interval(0.95)
        assert (row.difference, row.low, row.high) == pytest.approx((100 * means.mean(), 100 * low, 100 * high))
        assert row.p_value == pytest.approx(slow.pvalue)
    assert found["p_holm"].to_list() == pytest.approx(holm(found["p_value"]))


def test_images_as_they_are_are_no_part_of_the_family(variants):
    clear = {name: table[table["sigma"] == 0.01].assign(sigma=0.0) for name, table in variants.items()}
    whole = {name: pd.concat([clear[name], table]) for name, table in variants.items()}
    pd.testing.assert_frame_equal(
        noise_differences(whole, "preact", GROUPS), noise_differences(variants, "preact", GROUPS)
    )
    with pytest.raises(InputError, match="^preact: no predictions under noise"):
        noise_differences(clear, "preact", GROUPS)


def test_what_cannot_be_compared_is_told(variants):
    with pytest.raises(
        InputError, match=r"no predictions of the baseline 'none' \(there are: \['preact', 'cls', 'rep'"
    ):
        noise_differences(variants, "none", GROUPS)
    with pytest.raises(InputError, match=r"only \['preact'\] to compare"):
        noise_differences({"preact": variants["preact"]}, "preact", GROUPS)
    fewer = variants["cls"][variants["cls"]["sigma"] < 0.3]
    with pytest.raises(
        InputError, match=r"cls: tested under noise \[0.01, 0.1\], expected \[0.01, 0.1, 0.3\] as preact"
    ):
        noise_differences(variants | {"cls": fewer}, "preact", GROUPS)
    with pytest.raises(InputError, match="were not tested on the same samples"):
        noise_differences(variants | {"cls": variants["cls"].query("seed == 1")}, "preact", GROUPS)
    with pytest.raises(InputError, match="have no group"):
        noise_table(variants["cls"], GROUPS.drop("i3"))
    with pytest.raises(InputError, match="no predictions under noise"):
        noise_table(variants["cls"].iloc[:0], GROUPS)
