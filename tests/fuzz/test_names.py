"""Folders and files of images with names of any bytes."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.datasets import load_dataset

from . import accepted, bounded
from .test_images import FILES

ODD_NAMES = st.sampled_from(
    [
        b"a",
        b"A",
        b"train",
        b"test",
        b"happy",
        b"__x",
        b"\xff\xfe",
        "ä".encode(),
        "a\u0308".encode(),
        b"a b",
        b"-",
        b"a;b",
    ]
    + [b"a,b", b'a"b', b"a\nb", b"a\rb", b"\x01", b"%s", b"{}", b"a\\b", b"nan", b"x" * 200]
)
NAMED = st.builds(
    lambda stem, ending: stem + ending, ODD_NAMES, st.sampled_from([b".png", b".PNG", b".jpg", b".png.png", b""])
)


@pytest.mark.parametrize("subjects", [None, "^(.)", "who.csv"])
def test_folders_of_images_are_read_or_refused(subjects, tmp_path):
    raw = tmp_path / "raw" / "folder"

    @bounded(25)
    @given(st.dictionaries(ODD_NAMES, st.lists(NAMED, min_size=1, max_size=3), min_size=1, max_size=3))
    def every(names):
        shutil.rmtree(raw, ignore_errors=True)
        for folder, files in names.items():
            inside = Path(os.fsdecode(os.path.join(os.fsencode(raw), folder)))
            inside.mkdir(parents=True)
            for file in files:
                (inside / os.fsdecode(file)).write_bytes(FILES["png"])
        raw.joinpath("who.csv").write_text("file,subject\n" + "".join(f"a/{name}.png,x\n" for name in ("a", "nan")))
        faces = accepted(lambda: load_dataset("folder", tmp_path, size=8, subjects=subjects))
        if faces is not None:
            assert all((raw / name).is_file() for name in faces.samples["sample_id"])
            again = load_dataset("folder", tmp_path, size=8, subjects=subjects)
            assert again.samples.equals(faces.samples)

    every()
