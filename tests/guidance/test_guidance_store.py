import numpy as np
import pytest

from fer_lib.artifacts import read_card
from fer_lib.errors import InputError
from fer_lib.guidance import list_guidance, make_guidance, render, store

KINDS = [
    "binary", "dilated", "noise", "none", "patches", "saliency_finegrained", "saliency_landmark", "saliency_spectral",
    "shuffled", "soft", "weighted",
]  # fmt: skip


@pytest.fixture
def drawn(monkeypatch):
    """Names of the kinds that were really drawn."""
    names, draw = [], store._draw
    monkeypatch.setattr(store, "_draw", lambda kind, *rest: (names.append(kind.name), draw(kind, *rest)))
    return names


def make(kind, faces, tmp_path, **options):
    return make_guidance(kind, faces, tmp_path, landmarks="dataset", **options)


def test_all_kinds_are_registered():
    assert set(KINDS) <= set(list_guidance())


def test_an_unknown_kind_names_the_nearest(faces, tmp_path):
    with pytest.raises(InputError, match="unknown guidance kind 'dilatd'; did you mean 'dilated'"):
        make_guidance("dilatd", faces, tmp_path)


def test_an_unknown_option_names_the_nearest(faces, tmp_path):
    with pytest.raises(InputError, match="'dilated' has no option 'dilate_mod'; did you mean 'dilate_mode'"):
        make("dilated", faces, tmp_path, dilate_mod="centered")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_keeps_its_promises(kind, faces, tmp_path):
    maps = make(kind, faces, tmp_path)
    assert maps.dtype == np.uint8 and maps.shape == faces.images.shape
    chosen = faces.subset(np.array([5, 0, 3]))
    assert np.array_equal(make(kind, chosen, tmp_path), maps[[5, 0, 3]]), "subsets are looked up by row"
    assert np.array_equal(maps, make(kind, faces, tmp_path))


@pytest.mark.parametrize("kind", KINDS)
def test_batches_do_not_show(kind, monkeypatch, images, points):
    whole = render.render_guidance(kind, images, points)
    monkeypatch.setattr(render, "PIXELS", 2 * 48 * 48 + 5)
    assert np.array_equal(render.render_guidance(kind, images, points), whole)


def test_rgb_images_are_drawn_from_their_grey_version(points):
    rgb = np.random.default_rng(0).integers(0, 256, (6, 48, 48, 3), dtype=np.uint8)
    for kind in KINDS:
        assert np.array_equal(
            render.render_guidance(kind, rgb, points), render.render_guidance(kind, render.to_grey(rgb), points)
        )


def test_the_second_call_draws_nothing(faces, tmp_path, drawn):
    first = make("soft", faces, tmp_path)
    make("soft", faces.subset(np.arange(3)), tmp_path)
    assert drawn == ["soft"] and isinstance(first, np.memmap)


def test_options_have_files_of_their_own(faces, tmp_path, drawn):
    for seed in (2020, 1, 2020):
        make_guidance("noise", faces, tmp_path, seed=seed)
    folder = tmp_path / "guidance" / "tiny"
    assert drawn == ["noise", "noise"] and len(list(folder.glob("noise-*.npy"))) == 1
    assert (folder / "noise.npy").exists() and (folder / "noise.card.json").exists()
    make_guidance("saliency_spectral", faces, tmp_path, seed=7)  # takes no seed: the standard file
    assert (folder / "saliency_spectral.npy").exists()


def test_drop_shares_the_file_of_white(faces, tmp_path, drawn):
    make("binary", faces, tmp_path)
    make("binary", faces, tmp_path, no_face_fill="drop")
    assert drawn == ["binary"]


def test_a_set_prepared_anew_is_drawn_anew(store, images, points, tmp_path, drawn):
    make("patches", store(images, points), tmp_path)
    fresh = make("patches", store(255 - images, points), tmp_path)
    assert drawn == ["patches", "patches"]
    assert np.array_equal(fresh, render.render_guidance("patches", 255 - images, points))


def test_an_interrupted_drawing_leaves_nothing(faces, tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "is_uniform", stop)
    with pytest.raises(KeyboardInterrupt):
        make("soft", faces, tmp_path)
    left = [path for path in (tmp_path / "guidance" / "tiny").iterdir() if path.suffix != ".lock"]
    assert left == []


def test_the_card_tells_what_it_was_made_from(faces, tmp_path):
    make("weighted", faces, tmp_path)
    (name,) = (path.name for path in (tmp_path / "guidance" / "tiny").glob("*.card.json"))
    card = read_card(tmp_path / "guidance" / "tiny", name)
    assert card["kind"] == "guidance" and card["parameters"]["guidance"] == "weighted"
    assert {"prepared", "landmarks", "landmarks_identity", "no_face_fill"} <= card["parameters"].keys()
    assert card["images"] == 6 and card["without_face"] == 2


def test_landmarks_are_asked_for_where_they_are_needed(images):
    with pytest.raises(InputError, match="'soft' is drawn from landmarks: points are None"):
        render.render_guidance("soft", images)


def test_a_set_without_landmarks_says_so(store, images, tmp_path):
    with pytest.raises(InputError, match="brings no landmarks of its own"):
        make("soft", store(images), tmp_path)
