"""Coverage and error of landmarks, on landmarks whose answer is known."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.errors import InputError
from fer_lib.faces.landmarks import Landmarks
from fer_lib.studies import guidance_generation as steps


@pytest.fixture
def truth():
    points = np.random.default_rng(0).uniform(5, 40, size=(4, 68, 2)).astype(np.float32)
    points[:, 36], points[:, 45] = (10, 20), (30, 20)  # outer eye corners 20 pixels apart
    return points


@pytest.fixture
def faces(make_faces, truth):
    made = make_faces(np.array([0, 0, 1, 1]), ("happy", "sad"))
    return type(made)(made.name, made.images, made.samples, made.classes, extras={"landmarks": truth})


def found_at(points, has_face):
    return Landmarks(points, np.array(has_face), pd.DataFrame({"has_face": has_face}))


def test_error_is_in_interocular_distances_and_skips_missing_faces(faces, truth):
    shifted = truth + np.array([3, 4], dtype=np.float32)  # 5 pixels away, everywhere
    shifted[1] = np.nan
    error = steps.landmark_error(faces, found_at(shifted, [True, False, True, True]))
    assert error == pytest.approx([0.25, 0.25, 0.25], abs=1e-5)


def test_error_is_unknown_without_truth(make_faces, truth):
    assert steps.landmark_error(make_faces(np.zeros(4, int), ("happy",)), found_at(truth, [True] * 4)) is None


def test_coverage_per_class_and_over_all(faces, truth):
    table = steps.coverage_table(faces, found_at(truth, [True, False, True, True])).set_index("class")
    assert table["coverage (%)"].tolist() == [50, 100, 75] and table.loc["all", "with a face"] == 3


def test_map_statistics_count_white_and_uniform():
    maps = np.zeros((2, 2, 2), dtype=np.uint8)
    maps[0] = 255
    maps[1, 0, 0] = 255
    row = steps.map_statistics({"binary": maps}).iloc[0]
    assert row["white pixels (%)"] == 62.5 and row["uniform maps (%)"] == 50


def test_unknown_kind_names_the_nearest():
    with pytest.raises(InputError, match="did you mean 'dilated'"):
        steps.GuidanceGenerationParameters.check({"kinds": ["dilate"]})
