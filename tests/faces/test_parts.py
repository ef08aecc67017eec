import numpy as np

from fer_lib.faces.parts import Parts, split


def test_split_covers_everything_once():
    assert [(part.start, part.stop) for part in split(10, 4)] == [(0, 4), (4, 8), (8, 10)]
    assert split(0, 4) == []


def test_a_part_is_found_by_the_same_computation_only(tmp_path):
    rows = np.ones((3, 2), np.float32)
    parts = Parts(tmp_path / "parts", {"threshold": -0.5}, "input-a")
    parts.save(slice(0, 3), rows)
    assert np.array_equal(Parts(tmp_path / "parts", {"threshold": -0.5}, "input-a").load(slice(0, 3)), rows)
    assert Parts(tmp_path / "parts", {"threshold": 0.0}, "input-a").load(slice(0, 3)) is None
    assert Parts(tmp_path / "parts", {"threshold": -0.5}, "input-b").load(slice(0, 3)) is None


def test_parts_of_an_older_input_are_deleted_those_of_other_options_stay(tmp_path):
    Parts(tmp_path, {"a": 1}, "old").save(slice(0, 1), np.zeros(1))
    other = Parts(tmp_path, {"a": 2}, "old")
    other.save(slice(0, 1), np.zeros(1))
    Parts(tmp_path, {"a": 1}, "new")
    assert [folder.name for folder in tmp_path.iterdir()] == [other.folder.name]


def test_remove_leaves_nothing_behind(tmp_path):
    parts = Parts(tmp_path / "parts", {}, "x")
    parts.save(slice(0, 1), np.zeros(1))
    parts.remove()
    assert not (tmp_path / "parts").exists()
