"""AffectNet at its real size: 300,000 rows, prepared within 2 GB. In the slow suite: ``pytest -m slow``."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_lib.datasets.affectnet_lists import COLUMNS

from .affectnet_tree import POINTS, picture

ROWS, FILES, VALIDATION = 300_000, 2_000, 4_000
GIGABYTE = 2**30


def tree(raw: Path) -> None:
    """2,000 pictures of 224 × 224, each linked to 150 times, and lists with the landmarks of every row."""
    images = raw / "Manually_Annotated_Images"
    draw = np.random.default_rng(0)
    for k in range(FILES):
        path = images / "0" / f"{k}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture(k, (224, 224)).save(path)
    for folder in range(1, ROWS // FILES):
        (images / str(folder)).mkdir()
        for k in range(FILES):
            os.link(images / "0" / f"{k}.jpg", images / str(folder) / f"{k}.jpg")
    points = ";".join(f"{value:.2f}" for value in 100 + POINTS.ravel())
    order = draw.permutation(ROWS)
    valence = draw.uniform(-1, 1, ROWS).round(6)
    with open(raw / "training.csv", "w") as training, open(raw / "validation.csv", "w") as validation:
        for file in (training, validation):
            file.write(",".join(COLUMNS) + "\n")
        for row, k in enumerate(order):
            file = validation if row >= ROWS - VALIDATION else training
            path = f"{k // FILES}/{k % FILES}.jpg"
            file.write(f"{path},1,2,50,60,{points},{k % 11},{-2 if k % 11 > 7 else valence[row]},0.5\n")


@pytest.fixture
def data(tmp_path):
    """Removed at once: pytest keeps the folders of three runs, and these are 300,000 files."""
    tree(tmp_path / "raw" / "affectnet")
    yield tmp_path
    shutil.rmtree(tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_300_000_rows_within_two_gigabytes(data):
    raw = data / "raw" / "affectnet"
    code = """if True:
        import json, resource, sys
        from fer_lib.datasets import load_dataset
        faces = load_dataset("affectnet", sys.argv[1])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # threads read: there are no other processes
        print(json.dumps({"images": len(faces), "peak": peak}))
    """
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, str(data)], stdout=subprocess.PIPE, text=True, check=True)
    seconds = time.perf_counter() - start
    told = json.loads(done.stdout.splitlines()[-1])
    print(f"{ROWS:,} images: {seconds:.0f} s, {ROWS / seconds:.0f} a second, peak {told['peak'] / GIGABYTE:.2f} GiB")
    assert told["images"] == ROWS and told["peak"] < 2e9
    folder = data / "prepared" / "affectnet"
    card = json.loads((folder / "card.json").read_text())
    assert card["left_out"] == {"unreadable in the study": 0, "unreadable": 0}
    samples = pd.read_parquet(folder / "samples.parquet")
    assert samples["duplicate_group"].nunique() == FILES
    images = np.load(folder / "images.npy", mmap_mode="r")
    for row in (0, 1, ROWS // 2 + 1, ROWS - VALIDATION, ROWS - 1):
        with Image.open(raw / "Manually_Annotated_Images" / samples["path"][row]) as file:
            assert np.array_equal(images[row], np.asarray(file.convert("L").resize((48, 48))))
