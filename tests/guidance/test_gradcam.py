"""Maps by the networks of folds, as they are stored and looked up; made-up ones, whose every pixel names its fold."""

import numpy as np
import pytest

from fer_lib.artifacts import read_card
from fer_lib.errors import InputError
from fer_lib.guidance import deciding_options, make_guidance, network_inputs, render_guidance
from fer_lib.guidance.gradcam import fold_guidance, store_fold_maps

KIND = "saliency_gradcam"
FOLDS = np.array([0, 2, 0, 2, 2, -1])


def content(fold, count=6):
    """uint8 (count, 48, 48): no two maps of all folds are alike, and the last is uniform."""
    maps = np.random.default_rng(fold).integers(0, 256, (count, 48, 48), dtype=np.uint8)
    maps[-1] = 128
    return maps


@pytest.fixture
def drawn():
    return []


@pytest.fixture
def put(tmp_path, drawn):
    """``put(faces, folds, weights)``: stores maps, three images at a time, and gives their name."""

    def draw(fold):
        drawn.append(fold)
        for start in (0, 3):
            yield slice(start, start + 3), content(fold)[start : start + 3]

    def store(faces, folds=FOLDS, weights="abc"):
        return store_fold_maps(faces, folds, draw, {"weights": weights}, tmp_path, run="mine")

    return store


def test_every_fold_has_maps_of_every_image(put, faces, tmp_path):
    guidance = fold_guidance(faces, FOLDS, put(faces), tmp_path)
    assert list(guidance) == [0, 2] and isinstance(guidance[0], np.memmap)
    for fold, maps in guidance.items():
        assert maps.dtype == np.uint8 and np.array_equal(maps, content(fold))


def test_subsets_are_looked_up_by_row(put, faces, tmp_path):
    name, rows = put(faces.subset(np.arange(2))), np.array([4, 0, 5])
    guidance = fold_guidance(faces.subset(rows), FOLDS[rows], name, tmp_path)
    assert all(np.array_equal(maps, content(fold)[rows]) for fold, maps in guidance.items())


def test_the_layout_is_that_of_the_store(put, faces, tmp_path):
    folder = tmp_path / "guidance" / "tiny" / put(faces)
    assert sorted(path.name for path in folder.iterdir()) == ["0.npy", "2.npy", "card.json", "folds.npy"]
    card = read_card(folder)
    assert card["kind"] == "guidance" and card["parameters"]["guidance"] == KIND and card["run"] == "mine"
    assert card["uniform_maps"] == {"0": 1, "2": 1} and card["fold_ids"] == [0, 2]


def test_the_second_call_draws_nothing_and_other_networks_or_folds_do(put, faces, drawn):
    first = put(faces)
    assert put(faces) == first and drawn == [0, 2]
    assert len({first, put(faces, weights="other"), put(faces, folds=FOLDS[::-1])}) == 3


def test_by_default_each_image_has_the_map_of_the_network_that_never_saw_its_label(put, faces, tmp_path):
    name, rows = put(faces), np.array([3, 0, 2])
    maps = make_guidance(KIND, faces.subset(rows), tmp_path, maps=name)
    assert np.array_equal(maps, [content(FOLDS[row])[row] for row in rows])
    image, localization = network_inputs(KIND, faces.subset(rows), tmp_path, maps=name)
    assert np.array_equal(image, faces.images[rows]) and np.array_equal(localization, maps)


def test_a_named_fold_maps_every_image(put, faces, tmp_path):
    assert np.array_equal(make_guidance(KIND, faces, tmp_path, maps=put(faces), fold=2), content(2))
    assert make_guidance(KIND, faces, tmp_path, maps=put(faces), fold=2, size=24).shape == (6, 24, 24)


def test_the_record_of_a_run_names_the_maps(put, faces):
    assert deciding_options(KIND, maps="saliency_gradcam-1") == {"maps": "saliency_gradcam-1"}


def test_an_interrupted_drawing_is_no_result(put, faces, tmp_path, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("fer_lib.guidance.gradcam.save_array", stop)
        with pytest.raises(KeyboardInterrupt):
            put(faces)
    with pytest.raises(
        InputError, match=r"tiny: no Grad-CAM maps '' \(has none\); notebook 03 makes them for its variant"
    ):
        make_guidance(KIND, faces, tmp_path)
    fold_guidance(faces, FOLDS, put(faces), tmp_path)


def test_other_folds_are_refused(put, faces, tmp_path):
    """A tested image would be shown the map of a network that learned its label."""
    other = np.array([0, 0, 0, 2, 2, -1])
    with pytest.raises(InputError, match="1 images are tested elsewhere, such as .* in fold 0 and not 2, so networks"):
        fold_guidance(faces, other, put(faces), tmp_path)
    with pytest.raises(InputError, match="folds of 5 images for 6"):
        fold_guidance(faces, other[:5], put(faces), tmp_path)


def test_maps_of_the_set_as_it_was_are_refused(put, store, images, points, tmp_path):
    name = put(store(images, points))
    with pytest.raises(InputError, match="made of the set before it was prepared anew"):
        fold_guidance(store(255 - images, points), FOLDS, name, tmp_path)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"maps": ""}, r"tiny: no Grad-CAM maps '' \(has saliency_gradcam-"),
        ({"maps": "../tiny"}, r"tiny: no Grad-CAM maps '\.\./tiny'"),
        ({"fold": 1}, r"no maps of fold 1 \(has 0, 2\)"),
        ({}, "no fold tests 1 of 6 images; name the fold"),
    ],
)
def test_maps_that_cannot_be_meant_are_told(options, sentence, put, faces, tmp_path):
    with pytest.raises(InputError, match=sentence):
        make_guidance(KIND, faces, tmp_path, **{"maps": put(faces), **options})


def test_pictures_in_memory_have_none(images):
    with pytest.raises(InputError, match="'saliency_gradcam' is there for prepared sets alone, by training fold"):
        render_guidance(KIND, images)
