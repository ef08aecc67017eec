"""Notebook 12's choices, averages and tables, on small networks that were trained for it."""

import numpy as np
import pytest
import torch

from fer_lib.artifacts import write_card
from fer_lib.datasets import load_dataset
from fer_lib.datasets.synthetic import class_region_masks
from fer_lib.errors import InputError
from fer_lib.evaluation.explain.occlusion import occlusion_maps
from fer_lib.models import create_model
from fer_lib.studies import explained_regions as regions
from fer_lib.studies import explained_transforms as transforms
from fer_lib.studies import explanations as steps
from fer_lib.studies import guided_transformers as guided
from fer_lib.studies.explained_runs import (
    ExplanationParameters,
    chosen,
    inputs_of,
    landmarks_of,
    networks,
)
from fer_lib.training import Experiment, TrainConfig, cross_validate
from fer_lib.training.checkpoints import load_weights
from fer_lib.training.fold_files import weights_path

OPTIONS = {"images": 200, "subjects": 12, "style": "studio"}
DEEP = "04_deep_emotion"


def places(root):
    return {"data_dir": str(root / "data"), "reports_dir": str(root / "reports"), "profile": "mine"}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Notebook 03 on polarities, and a second source with a network that warps features, on expressions."""
    root = tmp_path_factory.mktemp("explained")
    study = guided.GuidedStudy.check(
        {
            **places(root), "dataset_options": OPTIONS, "variants": ["simple_cnn", "none", "soft"], "folds": 2,
            "fold_scheme": "subject", "epochs": 10, "batch_size": 8, "learning_rate": 2e-3, "landmarks": "dataset",
            "device": "cpu", "precision": "fp32", "engine": "sequential",
        }
    )  # fmt: skip
    faces = guided.prepare(study)
    runs = guided.train(study, guided.experiments(study, faces))
    study.stage().finish(**guided.facts(runs))

    faces = load_dataset("synthetic", root / "data", **OPTIONS)
    people, subject = np.unique(faces.samples["subject"], return_inverse=True)
    experiment = Experiment(
        folder=study.reports / "runs" / "deep",
        model="deep_emotion",
        images=np.asarray(faces.images),
        guidance=None,
        labels=faces.labels,
        classes=faces.classes,
        folds=subject % 2,
        groups=subject,
        sample_ids=faces.samples["sample_id"].to_numpy(),
        identity={
            "dataset": {"dataset": "synthetic", **OPTIONS}, "label_space": "native", "variant": "features",
            "guidance": {}, "fold_scheme": "subject", "folds": 2,
        },
    )  # fmt: skip
    cross_validate([experiment], TrainConfig(epochs=2, batch_size=16, device="cpu", precision="fp32").resolved())
    write_card(study.reports / DEEP, "stage", {"profile": "mine"}, runs={"features": ["deep"]})
    return root


def parameters(root, **changes):
    quick = {"size": 16, "stride": 8, "images": 3, "landmarks": "dataset", "device": "cpu"}
    return ExplanationParameters.check({**places(root), **quick, **changes})


@pytest.fixture(scope="module")
def found(root):
    study = parameters(root)
    (group,) = chosen(study)
    return study, group, steps.explain(study, group)


def test_images_are_answered_rightly_by_the_networks_that_did_not_train_on_them(found, root):
    study, group, explained = found
    assert list(group.runs) == ["simple_cnn", "none", "soft"] and len(group.expression.categories) > 1
    counts = group.expression.value_counts()
    assert 0 < counts.min() <= counts.max() <= study.images
    for variant, run in group.runs.items():
        test = run.test.set_index("sample_id").loc[group.faces.samples["sample_id"]]
        assert (test["predicted"].to_numpy() == group.faces.labels).all()
        assert (test["fold"].to_numpy() == group.folds).all()
        assert explained[variant].right.all()
        # what the run has written down is what the rebuilt network says of the whole image
        kept = test.filter(regex=r"^p_\d$").to_numpy(np.float32)[np.arange(len(test)), group.faces.labels]
        np.testing.assert_allclose(explained[variant].probability, kept, atol=2e-3)


def test_maps_stand_in_the_order_of_the_images(found):
    """Twin: one image by itself, its network built by hand."""
    study, group, explained = found
    images, guidance = inputs_of(study, group, "soft")
    assert guidance is not None and not np.array_equal(images, guidance)
    for row in (0, len(images) - 1):
        model = create_model("guided_stn", num_classes=3)
        load_weights(model, weights_path(group.runs["soft"].folder, group.folds[row]))
        alone = occlusion_maps(
            model, images[row][None], [group.faces.labels[row]], guidance[row][None], size=16, stride=8,
            mean_grey=group.mean_grey,
        )  # fmt: skip
        np.testing.assert_allclose(explained["soft"].drop[row], alone.drop[0], atol=1e-5)


def test_the_same_seed_chooses_the_same_images(root):
    ids = [
        list(chosen(parameters(root, seed=seed, variants=["none"]))[0].faces.samples["sample_id"]) for seed in (1, 1, 2)
    ]
    assert ids[0] == ids[1] != ids[2]


def test_every_source_has_its_own_labels(root):
    both = chosen(parameters(root, sources=["03_guided_spatial_transformers", DEEP]))
    assert [group.name for group in both] == ["03-synthetic-polarity-subject", "04-synthetic-native-subject"]
    assert list(both[1].runs) == ["features"] and len(both[1].faces.classes) == 7
    only = chosen(parameters(root, sources=["03_guided_spatial_transformers", DEEP], variants=["features"]))
    assert [group.name for group in only] == ["04-synthetic-native-subject"]


def test_splits_are_chosen_by_name(root):
    (group,) = chosen(parameters(root, splits=["subject"]))
    assert group.title.endswith("subject split")
    with pytest.raises(InputError, match="no runs under the split 'subjects'; did you mean 'subject'"):
        chosen(parameters(root, splits=["subjects"]))


@pytest.mark.parametrize("align", [False, True])
def test_averages_of_each_expression(found, align):
    study, group, explained = found
    study = study.model_copy(update={"align": align})
    points = landmarks_of(study, group)
    means = steps.averages(study, group, explained, points)
    assert means.aligned == align and means.faces.shape == (len(means.expressions), 48, 48)
    assert means.counts.sum() == len(group.faces)
    first = np.asarray(group.expression) == means.expressions[0]
    if not align:
        np.testing.assert_allclose(means.faces[0], group.faces.images[first].mean(0), rtol=1e-5)
        np.testing.assert_allclose(means.maps["drop"]["soft"][0], explained["soft"].drop[first].mean(0), atol=1e-6)
        np.testing.assert_allclose(means.landmarks[0], points[first].mean(0), rtol=1e-5)
    else:
        spread = np.linalg.norm(means.landmarks - means.landmarks.mean(0), axis=-1).mean()
        plain = steps.averages(study.model_copy(update={"align": False}), group, explained, points).landmarks
        assert spread < np.linalg.norm(plain - plain.mean(0), axis=-1).mean()


def test_without_landmarks_faces_stay_where_they_are(found):
    study, group, explained = found
    study = study.model_copy(update={"landmarks": "none"})
    assert landmarks_of(study, group) is None
    means = steps.averages(study, group, explained, None)
    assert not means.aligned and means.landmarks is None


def test_table_of_parts(found):
    study, group, explained = found
    table = regions.part_table(group, explained, landmarks_of(study, group))
    assert set(table["part"]) == {"brows", "eyes", "nose", "mouth"} and set(table["variant"]) == set(group.runs)
    np.testing.assert_allclose(table["density"], table["mass"] / table["area"])
    assert table["mass"].between(0, 100).all() and table["area"].between(1, 60).all()
    assert regions.densities(table).shape == (table[["variant", "expression"]].drop_duplicates().shape[0], 4)
    said = regions.where_they_look(table)
    row = table[(table["variant"] == "soft")].sort_values("density").iloc[-1]
    assert said.startswith("Densest part") and f"{row['expression']} {row['part']} ({row['density']:.1f}×)" in said


def test_truth_is_measured_on_the_expressions_own_regions(found):
    """Maps that lie on the true regions are dense there, and less so on those of another expression."""
    study, group, explained = found
    assert regions.knows_truth(group)
    table = regions.truth_table(group, explained)
    assert list(table["regions"].unique()) == ["its expression", "another expression"] and table["area"].max() < 50
    names = np.asarray(group.expression)
    classes = tuple(sorted(set(names)))
    masks = class_region_masks(regions.scaled_truth(group), 48, classes, at_least=regions.LEADING) / 255
    perfect = masks[np.arange(len(names)), [classes.index(name) for name in names]]
    one = {"mine": type(explained["soft"])(perfect, perfect, np.ones(len(names), bool), np.ones(len(names)))}
    ideal = regions.truth_table(group, one).set_index("regions")
    assert ideal.loc["its expression", "mass"] == pytest.approx(100)
    assert ideal.loc["its expression", "ratio"] > 1.5 * ideal.loc["another expression", "ratio"]


def test_transforms_of_variants_that_have_some(found):
    _, group, _ = found
    thetas = transforms.with_transformer(group)
    assert list(thetas) == ["none", "soft"]
    table = transforms.transform_table(thetas).set_index("variant")
    values = thetas["soft"][[f"theta_{i}" for i in range(6)]].to_numpy() - [1, 0, 0, 0, 1, 0]
    assert table.loc["soft", "deviation"] == pytest.approx(np.abs(values).mean())
    drawn = transforms.frames(group, np.array([2, 0]))
    row = thetas["none"].set_index("sample_id").loc[group.faces.samples["sample_id"].iloc[0]]
    a, b, x, c, d, y = (row[f"theta_{i}"] for i in range(6))
    corner = np.array([-a - b + x, -c - d + y])  # of the output's top left
    np.testing.assert_allclose(drawn["none"][1, 0], ((corner + 1) * 48 - 1) / 2, rtol=1e-5)


def test_mean_warped_faces(found):
    """Twin: every image warped by itself."""
    study, group, _ = found
    means = transforms.warped_means(study, group)
    assert list(means) == ["none: warped", "soft: warped"]
    images, guidance = inputs_of(study, group, "soft")
    total = np.zeros((len(group.expression.categories), 48, 48))
    for rows, model in networks(study, group, "soft"):
        for row in rows:
            image, seen = (torch.from_numpy(p[row] / 127.5 - 1).float()[None, None] for p in (images, guidance))
            with torch.no_grad():
                total[group.expression.codes[row]] += (model.warp(image, model.theta(seen))[0, 0].numpy() + 1) * 127.5
    counts = np.bincount(group.expression.codes)
    np.testing.assert_allclose(means["soft: warped"], total / counts[:, None, None], rtol=1e-3, atol=1e-2)


def test_networks_that_warp_features_show_these(root):
    study = parameters(root, sources=[DEEP])
    (group,) = chosen(study)
    means = transforms.warped_means(study, group)
    assert list(means) == ["features: features", "features: features, warped"]
    assert means["features: features"].shape == (len(group.expression.categories), 9, 9)
    assert steps.explain(study, group)["features"].right.all()


def test_examples_take_turns_over_the_expressions(found):
    _, group, _ = found
    rows = steps.examples(group, 4)
    assert len(rows) == 4 == len(set(rows)) and len(set(np.asarray(group.expression)[rows])) == min(
        4, len(group.expression.categories)
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"variants": ["sotf"]}, r"03_guided_spatial_transformers: no runs of 'sotf'; did you mean 'soft'\? \(has"),
        ({"sources": ["05_motion"]}, "05_motion: no card.json.*run notebook 05_motion with the same profile"),
        ({"size": 60, "stride": 60}, "occlusion size 60, expected 1…48 pixels"),
        ({"fill": "black"}, "Input should be 'mean' or 'zero'"),
    ],
)
def test_what_cannot_be_explained_is_said(root, changes, sentence):
    with pytest.raises(InputError, match=sentence):
        study = parameters(root, **changes)
        steps.explain(study, chosen(study)[0])


def test_missing_weights_are_said(root):
    study = parameters(root, variants=["none"])
    (group,) = chosen(study)
    weights = weights_path(group.runs["none"].folder, group.folds[0])
    elsewhere = weights.rename(weights.with_name("elsewhere"))
    try:
        with pytest.raises(InputError, match=f"{weights.name}: no such weights file"):
            steps.explain(study, group)
    finally:
        elsewhere.rename(weights)
