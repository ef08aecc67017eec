"""From parameters to experiments: what every variant of notebook 03 is given."""

import numpy as np
import pytest
import torch

from fer_lib.datasets import load_dataset
from fer_lib.errors import InputError
from fer_lib.guidance import has_face, make_guidance
from fer_lib.models import create_model
from fer_lib.studies import guided_transformers as steps
from fer_lib.studies.warps import warped_examples
from fer_lib.training.checkpoints import save_weights
from fer_lib.training.fold_files import weights_path

OPTIONS = {"images": 120, "subjects": 20}
VARIANTS = ["simple_cnn", "none", "soft", "patches"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder with a small synthetic set; its guidance appears there as tests ask for it."""
    folder = tmp_path_factory.mktemp("data")
    load_dataset("synthetic", folder, **OPTIONS)
    return folder


@pytest.fixture
def study(data, tmp_path):
    def make(**changes):
        values = {
            "data_dir": str(data),
            "reports_dir": str(tmp_path),
            "dataset_options": OPTIONS,
            "variants": VARIANTS,
            "fold_scheme": "subject",
            "folds": 2,
            "landmarks": "dataset",
            **changes,
        }
        return steps.GuidedStudy.check(values)

    return make


def test_variants_share_folds_labels_and_persons(study):
    planned = steps.experiments(study(), steps.prepare(study()))
    first = planned["simple_cnn"][2020]
    for experiment in (by_seed[2020] for by_seed in planned.values()):
        assert np.array_equal(experiment.folds, first.folds) and np.array_equal(experiment.labels, first.labels)
    persons_per_group = len(np.unique(first.groups))
    assert persons_per_group == 20


def test_each_variant_gets_its_network_and_inputs(study, data):
    faces = steps.prepare(study())
    planned = {variant: by_seed[2020] for variant, by_seed in steps.experiments(study(), faces).items()}
    assert [planned[v].model for v in VARIANTS] == ["simple_cnn", "guided_stn", "guided_stn", "guided_stn"]
    assert planned["none"].guidance is None
    assert np.array_equal(planned["soft"].images, faces.images)
    assert np.array_equal(planned["soft"].guidance, make_guidance("soft", faces, data, landmarks="dataset"))
    assert np.array_equal(planned["patches"].images, make_guidance("patches", faces, data, landmarks="dataset"))
    assert np.array_equal(planned["patches"].guidance, make_guidance("binary", faces, data, landmarks="dataset"))


def test_dropping_faceless_images_drops_them_for_every_variant(study, data):
    asked = study(no_face_fill="drop", landmarks="dlib")
    everything = steps.prepare(study())
    found = has_face(everything, data)
    planned = steps.experiments(asked, steps.prepare(asked))
    assert {len(experiment.labels) for by_seed in planned.values() for experiment in by_seed.values()} == {
        int(found.sum())
    }


@pytest.mark.parametrize(
    "change", [{"epochs": 3}, {"seed": 1}, {"seeds": [1]}, {"protocol": "reference"}, {"batch_size": 32}]
)
def test_other_parameters_are_another_run(study, change):
    faces = steps.prepare(study())
    folders = [
        *(next(iter(steps.experiments(a, faces)["none"].values())).folder for a in (study(), study(**change), study()))
    ]
    assert folders[0] == folders[2] != folders[1]


def test_options_that_do_not_touch_a_kind_leave_its_run_what_it_is(study):
    """Masks of another fill are other runs for kinds drawn from landmarks, not for the unguided network."""
    faces = steps.prepare(study())
    before, after = (steps.experiments(asked, faces) for asked in (study(), study(no_face_fill="black")))
    assert before["none"][2020].folder == after["none"][2020].folder
    assert before["soft"][2020].folder != after["soft"][2020].folder


@pytest.mark.parametrize(
    "switch",
    [
        {"monitor": "macro_f1"}, {"dropout_eval": True}, {"seed_mode": "once"}, {"localization_lr_factor": 0.1},
        {"padding_mode": "border"},
    ],
    ids=lambda switch: next(iter(switch)),
)  # fmt: skip
def test_each_switch_reaches_the_run(study, switch):
    faces = steps.prepare(study())
    plain, switched = (steps.experiments(asked, faces)["soft"][2020] for asked in (study(), study(**switch)))
    assert plain.folder != switched.folder
    (name, value), config = next(iter(switch.items())), study(**switch).training(2020)
    assert switched.model_options.get(name, getattr(config, name, None)) == value
    assert name not in plain.parameters(study().training(2020))["training"] and not plain.model_options


def test_complete_networks_are_trained_where_asked_for(study):
    asked = study(variants=["simple_cnn"], epochs=1, complete="epochs_from_cv", seeds=[1, 2])
    planned = steps.experiments(asked, steps.prepare(asked))
    runs = steps.train(asked, planned)
    names = steps.train_complete(asked, planned, runs)
    assert len(names) == 2
    assert all((asked.reports / "runs" / name / "weights" / "complete.safetensors").is_file() for name in names)
    assert steps.train_complete(study(), planned, runs) == []


def test_seeds_share_everything_but_their_folder(study):
    planned = steps.experiments(study(seeds=[1, 2]), steps.prepare(study()))["soft"]
    assert list(planned) == [1, 2] and planned[1].folder != planned[2].folder
    assert planned[1].content == planned[2].content


@pytest.mark.parametrize(("seeds", "sentence"), [([1, 1], "named twice"), ([-1], "seed -1, expected"), ([], "seeds")])
def test_bad_seeds_are_refused(study, seeds, sentence):
    with pytest.raises(InputError, match=sentence):
        study(seeds=seeds)


@pytest.mark.parametrize(("space", "classes"), [("expression6", 6), ("expression7", 7), ("native", 7)])
def test_other_label_spaces_are_other_runs_with_their_own_classes(study, space, classes):
    asked = study(label_space=space)
    faces = steps.prepare(asked)
    experiment = steps.experiments(asked, faces)["none"][2020]
    assert len(experiment.classes) == classes == len(np.unique(experiment.labels))
    assert f"-{space}-none-" in experiment.folder.name
    with torch.no_grad():
        assert experiment.build_model().classifier.fc2.out_features == classes
    _, apart = steps.published_rows(study(label_space=space, dataset="fer2013", dataset_options={}), faces)
    assert "ours" in apart


def test_misspelt_label_space_names_the_nearest():
    with pytest.raises(InputError, match="unknown label space 'expresion7'; did you mean 'expression7'"):
        steps.GuidedStudy.check({"label_space": "expresion7"})


def test_images_of_another_size_are_refused(study):
    with pytest.raises(InputError, match="64 × 64, these networks take 48 × 48"):
        steps.prepare(study(dataset_options={"images": 40, "subjects": 10, "size": 64}))


def test_the_shift_test_takes_no_kind_that_needs_weights():
    with pytest.raises(InputError, match="of kinds that need no weights; not 'saliency_msinet'"):
        steps.GuidedStudy.check({"shift_variants": ["soft", "saliency_msinet"]})


def test_misspelt_variant_names_the_nearest():
    with pytest.raises(InputError, match="unknown guidance kind 'sof'; did you mean 'soft'"):
        steps.GuidedStudy.check({"variants": ["sof"]})


def test_warped_examples_show_the_trained_transform(study):
    """With θ at half size the warped picture is the middle of the image, enlarged."""
    planned = {v: by_seed[2020] for v, by_seed in steps.experiments(study(), steps.prepare(study())).items()}
    for experiment in planned.values():
        model = create_model(experiment.model, num_classes=3)
        if hasattr(model, "theta"):
            model.fc_loc[2].bias.data = torch.tensor([0.5, 0, 0, 0, 0.5, 0])
        save_weights(weights_path(experiment.folder, experiment.fold_ids[0]), model)
    images, rows = warped_examples(planned, count=3)
    assert list(rows) == [f"{v}: {what}" for v in VARIANTS[1:] for what in ("sees", "warped")]
    assert np.array_equal(rows["none: sees"], images)
    middle = images[:, 12:36, 12:36].astype(float)
    shrunk = rows["none: warped"].reshape(3, 24, 2, 24, 2).mean((2, 4))
    assert np.abs(shrunk - middle).mean() < 4
