"""Guidance that differs by fold: every fold's network is shown its own, and no other."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.errors import InputError
from fer_lib.training import cross_validate, fit_complete
from fer_lib.training.checkpoints import read_weights
from fer_lib.training.fold_files import weights_path

from .conftest import bars


def of_folds(n=48):
    """By fold, as an experiment takes it."""
    return {fold: bars(np.arange(n) % 3, seed=7 + fold) for fold in (0, 1)}


@pytest.mark.parametrize("engine", ["sequential", "stacked"])
def test_a_fold_is_what_it_would_be_with_its_own_maps_alone(engine, make_experiment, config, tmp_path):
    """Training, selection, tested answers and warps: all of them look at the guidance."""
    maps, same = of_folds(), config(epochs=2, engine=engine, precision="fp64")
    runs = {
        name: make_experiment(48, folder=tmp_path / f"run{name}", guidance=guidance)
        for name, guidance in {"both": maps, **maps}.items()
    }
    both, *alone = cross_validate(list(runs.values()), same, workers=1)
    for fold, run in enumerate(alone):
        for table in ("predictions", "theta"):
            mine, theirs = (getattr(r, table).set_index("fold").loc[fold] for r in (both, run))
            pd.testing.assert_frame_equal(mine, theirs)
        mine, theirs = (read_weights(weights_path(r.folder, fold)) for r in (both, run))
        assert all(mine[name].equal(theirs[name]) for name in theirs)
    different = [read_weights(weights_path(run.folder, 0))["fc_loc.2.weight"] for run in alone]
    assert not different[0].equal(different[1])


def test_maps_of_every_fold_decide_which_run_it_is(make_experiment):
    maps = of_folds()
    one, same, other = (
        make_experiment(48, guidance=guidance).content
        for guidance in (maps, dict(reversed(maps.items())), {0: maps[1], 1: maps[0]})
    )
    assert one == same != other


def test_each_fold_is_given_the_same_array_every_time(make_experiment):
    """What lies in memory once goes to the device once."""
    maps = of_folds()
    experiment = make_experiment(48, guidance=maps)
    assert all(experiment.guidance_of(fold) is maps[fold] for fold in (0, 1))
    common = make_experiment(48)
    assert common.guidance_of(0) is common.guidance_of() is common.guidance


@pytest.mark.parametrize(
    ("guidance", "sentence"),
    [
        ({0: bars(np.zeros(48, int))}, r"run: guidance of the folds \[0\], expected \[0, 1\]"),
        ({**of_folds(), 1: bars(np.zeros(47, int))}, "run: guidance has 47 rows for 48 images"),
    ],
)
def test_a_fold_without_maps_of_all_images_is_told(guidance, sentence, make_experiment):
    with pytest.raises(InputError, match=sentence):
        make_experiment(48, guidance=guidance)


def test_a_network_of_no_fold_has_none(make_experiment, config):
    experiment = make_experiment(48, guidance=of_folds())
    with pytest.raises(InputError, match="its guidance differs by fold and was made for what each fold tests"):
        fit_complete([experiment], config(), "training_accuracy")
    assert not [path for path in experiment.folder.parent.rglob("*") if path.is_file() and path.suffix != ".lock"]
