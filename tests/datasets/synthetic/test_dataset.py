"""The stored set."""

import numpy as np
import pytest

from fer_lib.datasets import load_dataset
from fer_lib.datasets.synthetic import build, drawn_parameters, motion, motion_masks, render
from fer_lib.errors import InputError


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    return folder, load_dataset("synthetic", folder, images=400)


def test_loads_and_matches_the_contract(stored):
    folder, faces = stored
    assert len(faces) == 400 and faces.images.shape == (400, 48, 48) and faces.images.dtype == np.uint8
    assert faces.classes == ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    assert faces.extras["landmarks"].shape == (400, 68, 2) and faces.extras["landmarks"].dtype == np.float32
    assert faces.extras["face_mask"].shape == (400, 48, 48)
    assert faces.extras["action_units"].shape == (400, len(faces.card["action_units"]))
    first = faces.samples.iloc[0]
    assert first["sample_id"] == "synthetic-000000" and first["source"] == "synthetic/wild"
    assert first["phase"] == "neutral" and first["subject"] == "s0000" and first["pair"] == "p00000"
    assert faces.samples[["valence", "arousal"]].abs().to_numpy().max() <= 1


def test_second_call_reads_the_stored_set(stored):
    folder, faces = stored
    again = load_dataset("synthetic", folder, images=400)
    assert again.folder == faces.folder and np.array_equal(again.images, faces.images)
    assert len(list((folder / "prepared").glob("synthetic-*"))) == 1


def test_same_options_same_bits(stored):
    _, faces = stored
    again = build(None, images=400)
    assert np.array_equal(again.images, faces.images) and again.samples.equals(faces.samples)


def test_splits_share_no_subject(stored):
    samples = stored[1].samples
    assert (samples.groupby("subject")["split"].nunique() == 1).all()
    share = samples["split"].value_counts(normalize=True)
    assert 0.7 < share["train"] < 0.9 and share["validation"] >= 0.05 and share["test"] >= 0.05


def test_every_subject_and_every_pair_has_a_neutral_face(stored):
    samples = stored[1].samples
    neutral = samples["phase"] == "neutral"
    assert (neutral.groupby(samples["pair"]).sum() == 1).all()
    assert neutral.groupby(samples["subject"]).any().all()
    assert ((samples["label"] == 6) == neutral).all() and (samples.loc[neutral, "intensity"] == 0).all()
    assert (samples.groupby("pair")["subject"].nunique() == 1).all()
    assert (samples.groupby("pair")["near_duplicate_group"].nunique() == 1).all()
    assert samples["near_duplicate_group"].nunique() == samples["pair"].nunique()


def test_rgb_contempt_studio():
    faces = build(None, images=80, channels="rgb", contempt=True, style="studio", size=64)
    assert faces.images.shape == (80, 64, 64, 3) and faces.classes[7] == "contempt"
    assert set(np.unique(faces.labels)) == set(range(8))


def test_difficulty_options():
    calm = build(None, images=80, noise=0.0, occluders=0.0, intensity=[0.9, 1.0])
    assert calm.samples.loc[calm.samples["phase"] == "apex", "intensity"].min() >= 0.9
    loud = build(None, images=80, noise=0.2)
    rough = lambda f: np.abs(np.diff(f.images.astype(int), axis=2)).mean()  # noqa: E731
    assert rough(loud) > rough(calm) + 5


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("images", 10), ("images", "many"), ("subjects", 2), ("subjects", 101), ("size", 32), ("size", 300),
        ("size", 48.0), ("channels", "bgr"), ("style", "outdoor"), ("seed", -1), ("contempt", 1), ("occluders", 1.5),
        ("noise", 0.9), ("intensity", 0.5), ("intensity", (0.9, 0.1)),
    ],
)  # fmt: skip
def test_bad_options_are_told_in_one_sentence(option, value):
    with pytest.raises(InputError, match=f"synthetic: (unknown )?{option}") as error:
        build(None, **{"images": 400, option: value})
    assert "\n" not in str(error.value)


def test_unknown_option_is_refused(tmp_path):
    with pytest.raises(InputError, match="did you mean 'images'"):
        load_dataset("synthetic", tmp_path, image=400)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"style": "studio", "contempt": True, "subjects": 9},
        {"noise": 0.1, "occluders": 0.5, "intensity": [0.4, 0.6]},
    ],
    ids=str,
)
def test_a_stored_set_knows_what_it_was_drawn_from(tmp_path, options):
    faces = load_dataset("synthetic", tmp_path, images=48, **options)
    assert np.array_equal(render(drawn_parameters(faces), 48).images, faces.images)
    some = np.array([9, 2, 30])
    parameters = drawn_parameters(faces.subset(some))
    assert np.array_equal(parameters.label, faces.labels[some])
    assert np.array_equal(parameters.action_units, faces.extras["action_units"][some])
    assert np.array_equal((motion(parameters) > 0.06 * 255) * 255, motion_masks(parameters))


def test_other_sets_were_not_drawn(make_faces):
    with pytest.raises(InputError, match="tiny: not drawn, expected pictures of the data set 'synthetic'"):
        drawn_parameters(make_faces([0, 1]))
