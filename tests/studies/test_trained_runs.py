"""What notebook 03 left is found again, joined with its images, or its absence is explained."""

import json

import numpy as np
import pytest

from fer_lib.errors import InputError
from fer_lib.reporting.first_page import GUIDED
from fer_lib.studies.confusion_matrices import ConfusionParameters
from fer_lib.studies.trained_runs import join, load_trained

from .finished_runs import SEEDS, finish_guided, values


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    finish_guided(folder)
    return folder


def study(root, **changes):
    return ConfusionParameters.check(values(root, **changes))


def test_runs_are_loaded_by_variant_and_seed(root):
    trained = load_trained(study(root))
    assert {variant: tuple(by_seed) for variant, by_seed in trained.runs.items()} == {"none": SEEDS, "soft": SEEDS}
    table = trained.predictions["soft"]
    assert set(table["seed"]) == set(SEEDS) and len(table) == sum(
        len(run.predictions) for run in trained.runs["soft"].values()
    )
    assert trained.classes == ("neutral", "positive", "negative") and trained.protocol == "honest"
    assert trained.guidance.guidance_options("soft")["no_face_fill"] == "black"
    assert trained.guidance.landmarks == "dataset"


def test_only_the_variants_asked_for(root):
    assert list(load_trained(study(root, variants=["soft"])).runs) == ["soft"]
    with pytest.raises(InputError, match="no runs of 'sof'; did you mean 'soft'"):
        load_trained(study(root, variants=["sof"]))


def test_images_and_answers_are_joined_by_name(root):
    asked = study(root)
    trained = load_trained(asked)
    faces, decisions = join(asked, trained)
    assert len(faces) == len(decisions) and np.array_equal(faces.labels, decisions.labels)
    table = trained.predictions["soft"]
    table = table[(table["split"] == "test") & (table["seed"] == SEEDS[1])].set_index("sample_id")
    for i in (0, 17, len(faces) - 1):
        row = table.loc[faces.samples["sample_id"].iloc[i]]
        assert decisions.predicted[1, 1, i] == row["predicted"] and decisions.folds[i] == row["fold"]
        assert decisions.confidence[1, 1, i] == pytest.approx(0.8, abs=1e-3)


@pytest.mark.parametrize(
    ("profile", "command"),
    [("lab", f"run notebook {GUIDED} with the same profile, or"), ("demo", "run make study PROFILE=demo, or")],
)
def test_without_notebook_03_the_command_is_named(root, profile, command):
    with pytest.raises(InputError, match=rf"{command} set profile to one that has been run \(mine\)"):
        load_trained(study(root, profile=profile))


def test_where_nothing_was_run_the_demo_is_named(tmp_path):
    with pytest.raises(InputError, match=r'or set profile to "demo" after make study PROFILE=demo'):
        load_trained(study(tmp_path, profile="lab"))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"dataset": "fer2013"}, "trained with dataset = 'synthetic', but this notebook is asked for 'fer2013'"),
        ({"dataset_options": {"images": 80}}, "set dataset_options alike"),
    ],
)
def test_runs_of_other_data_are_refused(root, changes, sentence):
    with pytest.raises(InputError, match=sentence):
        load_trained(study(root, **changes))


def test_a_card_from_before_seeds_is_refused(tmp_path):
    finish_guided(tmp_path)
    path = tmp_path / "reports" / "mine" / GUIDED / "card.json"
    card = json.loads(path.read_text())
    path.write_text(json.dumps({**card, "runs": {"none": "synthetic-none-s2020"}}))
    with pytest.raises(InputError, match="older kind; run notebook"):
        load_trained(study(tmp_path))
