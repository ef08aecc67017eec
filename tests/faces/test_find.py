import numpy as np
import pandas as pd
import pytest

from fer_lib.artifacts import read_card
from fer_lib.errors import InputError
from fer_lib.faces import find_landmarks
from fer_lib.faces.workers import describe_chunks


def find(faces, tmp_path, **options):
    return find_landmarks(faces, tmp_path, workers=1, chunk=4, **options)


def test_stored_with_a_card_and_found_again(store, fake, numbered, tmp_path):
    faces = store(numbered(10))
    first = find(faces, tmp_path)
    assert first.points.dtype == np.float32 and first.points.shape == (10, 68, 2)
    assert first.has_face.tolist() == [True, False, True, False, True, True, True, False, True, False]
    assert np.isnan(first.found_points[[1, 3, 7, 9]]).all() and (first.points[4] == 4).all()
    folder = tmp_path / "guidance" / "tiny"
    names = sorted(path.name for path in folder.glob("[!.]*"))  # locks are hidden
    assert names == ["faces.parquet", "landmarks.card.json", "landmarks.npy"]
    card = read_card(folder, "landmarks.card.json")
    assert card["faces"] == 6 and card["without_face"] == 4 and card["model"]["file"] == "model.dat"
    table = pd.read_parquet(folder / "faces.parquet")
    assert table["sample_id"].tolist() == faces.samples["sample_id"].tolist()
    seen = len(fake.seen)
    again = find(faces, tmp_path)
    assert len(fake.seen) == seen, "a second call computes nothing"
    assert np.array_equal(first.points, again.points, equal_nan=True)


def test_a_subset_is_looked_up_by_row(store, fake, numbered, tmp_path):
    faces = store(numbered(10))
    chosen = faces.subset(np.array([8, 3, 0, 8 // 2]))
    found = find(chosen, tmp_path)
    assert found.points[:, 0, 0].tolist()[0] == 8 and np.isnan(found.found_points[1]).all()
    assert found.has_face.tolist() == [True, False, True, True]
    assert found.table["x0"].tolist()[2:] == [0, 4]
    assert sum(map(len, fake.seen)) == 10, "computed for the whole set"


def test_an_interrupted_run_leaves_no_card_and_continues(store, fake, numbered, tmp_path):
    faces = store(numbered(20))
    fake.fail_after = 2
    with pytest.raises(KeyboardInterrupt):
        find(faces, tmp_path)
    folder = tmp_path / "guidance" / "tiny"
    assert not (folder / "landmarks.card.json").exists() and not (folder / "landmarks.npy").exists()
    assert len(list(folder.glob(".landmarks-parts/*/*.npy"))) == 2
    fake.fail_after = None
    found = find(faces, tmp_path)
    assert [part[0] for part in fake.seen] == [0, 4, 8, 12, 16], "only the missing chunks are computed"
    assert (found.points[::2, 0, 0] == np.arange(0, 20, 2)).all()
    assert read_card(folder, "landmarks.card.json")["resumed_images"] == 8
    assert not (folder / ".landmarks-parts").exists()


def test_stale_parts_are_not_reused(store, fake, numbered, tmp_path):
    fake.fail_after = 2
    with pytest.raises(KeyboardInterrupt):
        find(store(numbered(20)), tmp_path)
    fake.fail_after = None
    fake.seen.clear()
    anew = store(numbered(20)[::-1].copy())  # the set is prepared again, with other images
    found = find(anew, tmp_path)
    assert sum(map(len, fake.seen)) == 20
    assert not found.has_face[0] and found.points[1, 0, 0] == 18


def test_parts_of_other_options_are_not_reused(store, fake, numbered, tmp_path):
    faces = store(numbered(20))
    fake.fail_after = 2
    with pytest.raises(KeyboardInterrupt):
        find(faces, tmp_path)
    fake.fail_after = None
    fake.seen.clear()
    find(faces, tmp_path, threshold=0.0)
    assert sum(map(len, fake.seen)) == 20


def test_a_set_prepared_anew_invalidates_its_landmarks(store, fake, numbered, tmp_path):
    first = find(store(numbered(6)), tmp_path)
    second = find(store(numbered(6)[::-1].copy()), tmp_path)
    assert first.card["identity"] != second.card["identity"]
    assert second.points[1, 0, 0] == 4


def test_other_options_get_files_of_their_own(store, fake, numbered, tmp_path):
    faces = store(numbered(6))
    standard, other = find(faces, tmp_path), find(faces, tmp_path, threshold=0.25)
    names = {path.name for path in (tmp_path / "guidance" / "tiny").glob("landmarks*.npy")}
    assert len(names) == 2 and "landmarks.npy" in names
    assert standard.card["standard"] and not other.card["standard"]
    find(faces, tmp_path, upscale=2)  # what small images get anyway: the same files
    assert len(fake.seen) == 4


def test_lost_files_are_computed_again(store, fake, numbered, tmp_path):
    faces = store(numbered(6))
    find(faces, tmp_path)
    (tmp_path / "guidance" / "tiny" / "landmarks.npy").unlink()
    assert len(find(faces, tmp_path)) == 6


def test_the_number_of_faces_is_printed(store, fake, numbered, tmp_path, capsys):
    find(store(numbered(6)), tmp_path)
    assert "landmarks of tiny: 6 images, 4 with a face (66.7 %)" in capsys.readouterr().out


def test_landmarks_of_the_data_set(store, numbered, tmp_path):
    points = np.random.default_rng(0).uniform(0, 6, (5, 68, 2)).astype(np.float32)
    points[3, 7] = np.nan  # one unknown point: not a face to draw
    faces = store(numbered(5), landmarks=points)
    found = find_landmarks(faces.subset(np.array([4, 3])), tmp_path, source="dataset")
    assert np.array_equal(found.points[0], points[4]) and np.isnan(found.points[1]).all()
    assert found.has_face.tolist() == [True, False]
    assert found.table["x1"][0] == points[4, :, 0].max()
    assert not (tmp_path / "guidance").exists(), "they are stored already, with the set"


def test_a_set_without_landmarks_says_so(store, numbered, tmp_path):
    faces = store(numbered(3))
    with pytest.raises(InputError, match="tiny: this data set brings no landmarks.*ask for 'dlib'"):
        find_landmarks(faces, tmp_path, source="dataset")
    with pytest.raises(InputError, match="unknown landmark source 'dlip'; did you mean 'dlib'"):
        find_landmarks(faces, tmp_path, source="dlip")


def test_a_set_that_was_never_stored_says_so(make_faces, tmp_path):
    with pytest.raises(InputError, match="not a stored set; load it with load_dataset"):
        find_landmarks(make_faces([0, 1]), tmp_path)


def test_rows_beyond_a_replaced_set_are_noticed(store, fake, numbered, tmp_path):
    faces = store(numbered(9))
    store(numbered(5))
    with pytest.raises(InputError, match="row 8 is asked for; the set was prepared anew"):
        find(faces, tmp_path)


def test_several_processes_give_what_one_gives(portraits):
    options = {"upscale": 1, "threshold": -0.5, "face_choice": "largest"}
    chunks = [slice(0, 5), slice(5, 10), slice(10, 12)]
    one = {part.start: rows for part, rows in describe_chunks(portraits.images, chunks, options, workers=1)}
    two = {part.start: rows for part, rows in describe_chunks(portraits.images, chunks, options, workers=2)}
    assert one.keys() == two.keys()
    assert all(np.array_equal(one[start], two[start], equal_nan=True) for start in one)
