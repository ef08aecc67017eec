"""What is drawn: balance, subjects, pairs, independence of the number of pictures."""

from dataclasses import fields, replace

import numpy as np
import pytest

from fer_lib.datasets.synthetic import AU_COLUMN, AUS, CLASSES, STYLES, sample_parameters
from fer_lib.datasets.synthetic.action_units import PROTOTYPES
from fer_lib.datasets.synthetic.draws import Draws, pixel_noise
from fer_lib.errors import InputError


def same(a, b) -> bool:
    return all(
        np.array_equal(x, y) if isinstance(x, np.ndarray) else same(x, y)
        for x, y in ((getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    )


def test_picture_does_not_depend_on_how_many_are_drawn():
    few, many = (sample_parameters(n, seed=3, style="wild", subjects=20) for n in (40, 120))
    assert same(few, many.take(slice(0, 40)))


def test_other_seed_other_pictures():
    a, b = (sample_parameters(40, seed=s, style="wild") for s in (1, 2))
    assert not np.allclose(a.pose.scale, b.pose.scale)


def test_class_shares_hold_in_every_stretch():
    label = sample_parameters(3000, seed=2020, style="wild").label
    for part in np.split(label, 3):
        share = np.bincount(part, minlength=7) / len(part)
        assert share.min() > 0.08 and share[6] == 0.25
        polarity = share[[0, 1, 2, 4]].sum(), share[3], share[6]
        assert max(polarity) / sum(polarity) < 0.52


def test_pair_shares_everything_but_expression_and_noise():
    p = sample_parameters(80, seed=5, style="wild")
    first = (np.arange(80) // 4) * 4
    assert np.array_equal(p.pair, p.pair[first]) and np.array_equal(p.subject, p.subject[first])
    for record in ("identity", "pose", "light"):
        assert same(getattr(p, record), getattr(p.take(first), record))
    assert not p.apex[::4].any() and p.apex.sum() == 60


def test_contempt_is_one_sided_and_eighth():
    p = sample_parameters(400, seed=1, style="studio", contempt=True)
    contempt = p.label == 7
    assert 0.05 < contempt.mean() < 0.12
    assert np.abs(p.laterality[contempt]).min() > 0.5 > np.abs(p.laterality[~contempt]).max()
    assert p.action_units[contempt, AU_COLUMN[14]].mean() > 0.6


def test_prototypes_name_known_units_and_action_units_stay_in_range():
    assert set(PROTOTYPES) == {*CLASSES, "contempt"}
    assert all(set(units) <= set(AUS) for units in PROTOTYPES.values())
    p = sample_parameters(200, seed=1, style="wild")
    assert p.action_units.min() >= 0 and p.action_units.max() <= 1
    assert np.abs(p.affect).max() <= 1 and p.affect[p.label == 3, 0].mean() > 0.3


def test_unknown_style_names_the_nearest():
    with pytest.raises(InputError, match="did you mean 'studio'"):
        sample_parameters(10, 1, "studi")


def test_style_may_be_changed_in_one_point():
    calm = replace(STYLES["wild"], roll=0.0)
    assert not sample_parameters(20, 1, calm).pose.roll.any()


def test_draws_are_uniform_normal_and_independent_of_name():
    draws = Draws(7, np.arange(20000))
    u, w = draws.uniform("u"), draws.uniform("w")
    assert abs(u.mean() - 0.5) < 0.01 and abs(u.var() - 1 / 12) < 0.002
    assert abs(np.corrcoef(u, w)[0, 1]) < 0.03
    assert abs(draws.normal("n", limit=4).std() - 1) < 0.02


def test_pixel_noise_is_white():
    noise = pixel_noise(np.arange(20, dtype=np.uint32), 48, 48)
    assert abs(noise.mean()) < 0.02 and abs(noise.std() - 1) < 0.02
    assert abs(np.corrcoef(noise[:, :, 1:].ravel(), noise[:, :, :-1].ravel())[0, 1]) < 0.02
    assert abs(np.corrcoef(noise[0].ravel(), noise[1].ravel())[0, 1]) < 0.08
