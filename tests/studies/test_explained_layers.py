"""Notebook 12's gradients: which network, which taps, which rows. Networks are drawn, not trained: nothing is read off
their maps."""

import numpy as np
import pandas as pd
import pytest
import torch

from fer_lib.artifacts import read_card, write_card
from fer_lib.artifacts.runs import Run
from fer_lib.datasets import load_dataset
from fer_lib.errors import InputError
from fer_lib.evaluation.explain.activations import masking_maps, scaled
from fer_lib.evaluation.explain.grad_cam import grad_cam, guided_gradients
from fer_lib.evaluation.explain.part_masks import part_masks
from fer_lib.models import create_model
from fer_lib.reporting.figures import layer_maps, mask_heat_maps, place_densities
from fer_lib.studies import explained_layers as steps
from fer_lib.studies.error_analysis import expressions
from fer_lib.studies.explained_runs import Explained, ExplanationParameters, inputs_of
from fer_lib.training.checkpoints import load_weights, save_weights
from fer_lib.training.fold_files import weights_path

MODELS = {"slim": "residual_masking_slim", "soft": "guided_stn", "simple_cnn": "simple_cnn"}
AROUND = ["before mask 3", "mask 3", "after mask 3"]


def written(folder, variant, classes, seed):
    """A run with the weights of two folds, each drawn by itself."""
    parameters = {
        "model": MODELS[variant], "classes": list(classes), "variant": variant,
        "guidance": {"landmarks": "dataset"} if variant == "soft" else {},
    }  # fmt: skip
    torch.manual_seed(seed)
    for fold in range(2):
        model = create_model(MODELS[variant], num_classes=len(classes))
        if variant == "soft":
            torch.nn.init.normal_(model.fc_loc[2].weight, std=0.02)
        save_weights(weights_path(folder, fold), model)
    write_card(folder, "run", parameters, weights={f"fold{fold}.safetensors": "" for fold in range(2)})
    return Run(folder, read_card(folder), *[pd.DataFrame()] * 3)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("layers")
    study = ExplanationParameters.check(
        {
            "data_dir": str(root / "data"), "reports_dir": str(root / "reports"), "profile": "mine",
            "landmarks": "dataset", "device": "cpu", "seed": 5,
        }
    )  # fmt: skip
    faces = load_dataset("synthetic", root / "data", images=42, subjects=10, style="studio")
    faces = faces.subset(np.arange(0, 42, 3))
    runs = {name: written(root / name, name, faces.classes, seed) for seed, name in enumerate(MODELS)}
    folds = np.arange(len(faces)) % 2
    group = Explained("name", "title", runs, faces, folds, expressions(faces).remove_unused_categories(), 100.0)
    return study, group, steps.explain_layers(study, {"name": group})["name"]


def close(found, expected, share=1e-3):
    """But for rounding, which differs with the batch."""
    np.testing.assert_allclose(found, expected, atol=max(share * np.abs(expected).max(), 1e-9))


def test_default_taps_are_the_last_and_those_around_the_mask(found):
    study, _, layers = found
    assert {name: list(of.trained) for name, of in layers.items()} == {
        "slim": [*AROUND, "last"], "soft": ["last"], "simple_cnn": ["last"],
    }  # fmt: skip
    asked = study.model_copy(update={"taps": ["mask 1", "last"]})
    models = [create_model(name, num_classes=3) for name in ("residual_masking_slim", "simple_cnn")]
    assert [steps.taps_for(asked, model) for model in models] == [["mask 1", "last"], ["last"]]


def test_maps_are_those_of_the_network_that_was_tested_on_the_image(found):
    """Twin: one image by itself, its network built by hand."""
    study, group, layers = found
    for variant, of in layers.items():
        images, guidance = inputs_of(study, group, variant)
        for row in (0, 13):
            model = create_model(MODELS[variant], num_classes=7)
            load_weights(model, weights_path(group.runs[variant].folder, group.folds[row]))
            own = None if guidance is None else guidance[row][None]
            alone = grad_cam(model, images[row][None], group.faces.labels[row][None], own, taps=list(of.trained))
            for tap, maps in alone.items():
                close(of.trained[tap][row], maps[0])
            gradients = guided_gradients(model, images[row][None], group.faces.labels[row][None], own)
            close(of.guided[row], alone["last"][0] * gradients[0], 0.03)
            if variant == "slim":
                close(of.masking.mask[row], masking_maps(model, images[row][None]).mask[0])
            else:
                assert of.masking is None


def test_the_control_knows_nothing_and_is_the_same_each_time(found):
    study, group, layers = found
    torch.manual_seed(study.seed)
    model = create_model("simple_cnn", num_classes=7)
    expected = grad_cam(model, inputs_of(study, group, "simple_cnn")[0], group.faces.labels)["last"]
    close(layers["simple_cnn"].untrained["last"], expected)
    assert np.abs(layers["simple_cnn"].trained["last"] - expected).max() > 0.1 * expected.max()


def test_variants_without_the_taps_are_left_out_and_unknown_taps_are_said(found):
    study, group, _ = found
    small = Explained(**{**vars(group), "runs": {"simple_cnn": group.runs["simple_cnn"]}})
    asked = study.model_copy(update={"taps": ["mask 1"]})
    of_both = steps.explain_layers(asked, {"all": group, "small": small})
    assert list(of_both["all"]) == ["slim"] and list(of_both["all"]["slim"].trained) == ["mask 1"]
    assert of_both["all"]["slim"].guided is None and "small" not in of_both
    with pytest.raises(InputError, match="taps: no network has 'lats'; did you mean 'last'.*they have .*mask 1"):
        steps.explain_layers(study.model_copy(update={"taps": ["lats"]}), {"all": group})


def test_missing_weights_are_said(found):
    study, group, _ = found
    weights = weights_path(group.runs["soft"].folder, 1)
    elsewhere = weights.rename(weights.with_name("elsewhere"))
    try:
        with pytest.raises(InputError, match="fold1.safetensors: no such weights file"):
            steps.explain_layers(study, {"all": group})
    finally:
        elsewhere.rename(weights)


def test_share_of_the_mass_on_places_of_the_face(found):
    """Maps that lie on the mouth alone have nothing elsewhere, and no map is no line of numbers."""
    _, group, layers = found
    points = group.faces.extras["landmarks"]
    table = steps.place_table(group, layers, points)
    assert len(table) == 6 * 2 * 3 and set(table["network"]) == {"trained", "untrained"}
    np.testing.assert_allclose(table["density"], table["mass"] / table["area"])
    mouth, nothing = part_masks(points, 48)["mouth"].astype(np.float32), np.zeros((14, 48, 48), np.float32)
    one = {"mine": steps.Layers({"last": mouth}, {"last": nothing}, None, None)}
    rows = steps.place_table(group, one, points).set_index(["network", "place"])
    assert rows.loc[("trained", "mouth"), "mass"] == pytest.approx(100)
    assert rows.loc[("trained", "eyes and brows"), "mass"] == pytest.approx(0)
    assert rows.loc[("trained", "mouth"), "images"] == 14 and rows.loc[("trained", "mouth"), "low"] > 2
    assert rows.loc["untrained", "density"].isna().all() and (rows.loc["untrained", "images"] == 0).all()


def test_means_are_over_scaled_maps_and_masks_keep_their_values(found):
    study, group, layers = found
    first = np.asarray(group.expression) == group.expression.categories[0]
    means = steps.mean_maps(study, group, layers, None)
    expected = scaled(layers["soft"].trained["last"])[0][first].mean(0)
    np.testing.assert_allclose(means["soft: last"][0], expected, atol=1e-6)
    masking = steps.mean_masking(study, group, layers, None)
    own = layers["slim"].masking
    assert list(masking) == ["slim"]
    np.testing.assert_allclose(masking["slim"]["mask"][0], own.mask[first].mean(0), atol=1e-6)
    before, after = scaled(own.before, own.after)
    np.testing.assert_allclose(masking["slim"]["after"][0], after[first].mean(0), atol=1e-6)
    assert (after >= before - 1e-6).all()  # x · (1 + m)


def test_figures_show_what_they_are_given(found):
    import matplotlib.pyplot as plt

    _, group, layers = found
    rows = np.array([3, 0])
    drawn = steps.pictured(layers, rows)
    assert list(drawn)[-2:] == ["simple_cnn: last", "simple_cnn: last, guided"] and len(drawn) == 4 + 3 + 2
    figure = layer_maps(group.faces.images[rows], drawn, ["a", "b"], "t")
    line = 1 + list(drawn).index("soft: last")
    face, over = figure.axes[2 * line].images
    assert np.array_equal(face.get_array(), group.faces.images[3])
    assert np.array_equal(over.get_array(), drawn["soft: last"][0]) and over.get_clim() == (0, 1)

    maps = {name: values[rows] for name, values in steps.together(layers)["slim"].items()}
    figure = mask_heat_maps(maps, ["a", "b"], "t", images=group.faces.images[rows])
    panels = [axis.images[0] for axis in figure.axes]
    assert np.array_equal(panels[2].get_array(), maps["before"][0])
    assert panels[2].get_clim() == panels[4].get_clim() and panels[2].get_clim()[0] == 0
    np.testing.assert_array_equal(panels[7].get_array(), maps["after"][1] - maps["before"][1])
    low, high = panels[9].get_clim()
    assert (low, high) == (maps["mask"][1].min(), maps["mask"][1].max())
    assert figure.axes[9].get_xlabel() == f"{low:.2f}–{high:.2f}" and not figure.axes[4].get_xlabel()
    assert [axis.get_ylabel() for axis in figure.axes[::2]] == ["image", "before", "after", "after − before", "mask"]

    table = steps.place_table(group, layers, group.faces.extras["landmarks"])
    figure = place_densities(table, "t")
    assert [axis.get_title(loc="left") for axis in figure.axes] == list(steps.PLACES)
    (trained, untrained) = figure.axes[2].lines[1:3]
    here = table[table["place"] == "mouth"]
    assert trained.get_xdata().tolist() == here.loc[here["network"] == "trained", "density"].tolist()
    assert untrained.get_markerfacecolor() == "white"
    plt.close("all")
