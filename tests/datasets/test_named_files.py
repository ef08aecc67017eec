"""Images found at any depth, and what their names say."""

import re

import pytest

from fer_lib.datasets.named_files import named_images, unpacked
from fer_lib.errors import InputError

from .trees import put

NAME = re.compile(r"(?P<who>[a-z]+)_(?P<what>\d)(?:_front)?")


def test_names_are_read_at_any_depth_and_in_order(tmp_path):
    put(tmp_path, ["b/eve_2.png", "a/c/eve_1.JPG", "adam_3.bmp"], size=8)
    put(tmp_path, [".hidden/x.png", "__MACOSX/b/y.png", "b/._eve_2.png"], size=8)
    (tmp_path / "b" / "notes.txt").write_text("no image")
    table = named_images(tmp_path, NAME, "eve_1.png")
    assert table.columns.tolist() == ["path", "sample_id", "who", "what"]
    assert table.drop(columns="path").to_numpy().tolist() == [
        ["adam_3", "adam", "3"],
        ["eve_1", "eve", "1"],
        ["eve_2", "eve", "2"],
    ]
    assert [path.relative_to(tmp_path).as_posix() for path in table["path"]] == [
        "adam_3.bmp",
        "a/c/eve_1.JPG",
        "b/eve_2.png",
    ]


def test_only_names_with_the_ending_are_taken(tmp_path):
    put(tmp_path, ["eve_1_front.png", "eve_1_side.png", "eve_front_2.png"], size=8)
    assert named_images(tmp_path, NAME, "eve_1_front.png", ending="_front")["sample_id"].tolist() == ["eve_1_front"]


def test_misspelt_names_are_read_as_the_right_ones(tmp_path):
    put(tmp_path, ["eve.png"], size=8)
    table = named_images(tmp_path, NAME, "eve_1.png", read_as={"eve": "eve_7"})
    assert table[["sample_id", "who", "what"]].to_numpy().tolist() == [["eve", "eve", "7"]]
    put(tmp_path, ["b/eve_7.png"], size=8)
    with pytest.raises(InputError, match=r"b/eve_7\.png: eve\.png is eve_7 too, expected one file"):
        named_images(tmp_path, NAME, "eve_1.png", read_as={"eve": "eve_7"})


@pytest.mark.parametrize("folder", ["", "missing"])
def test_no_images_are_told(tmp_path, folder):
    with pytest.raises(InputError, match=r"no images, expected files such as eve_1\.png; see data/README\.md"):
        named_images(tmp_path / folder, NAME, "eve_1.png")


def test_another_name_is_told(tmp_path):
    put(tmp_path, ["a/eve-1.png"], size=8)
    with pytest.raises(InputError, match=r"a/eve-1\.png: expected a name such as eve_1\.png"):
        named_images(tmp_path, NAME, "eve_1.png")


def test_the_first_folder_that_is_there(tmp_path):
    assert unpacked(tmp_path, "a/b", "c") == tmp_path
    (tmp_path / "c").mkdir()
    assert unpacked(tmp_path, "a/b", "c") == tmp_path / "c"
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert unpacked(tmp_path, "a/b", "c") == tmp_path / "a" / "b"
