"""Averages per group, faces brought to the mean landmarks, frames of warps."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.evaluation.explain.averages import aligned, group_means, outlines, to_mean_shape


def test_means_by_group_leave_out_what_is_not_known():
    values = np.random.default_rng(0).random((6, 4, 4)).astype(np.float32)
    values[1, 2, 3] = values[4, 0, 0] = np.nan
    groups = np.array([0, 0, 2, 2, 2, -1])
    found = group_means(values, groups, 4)
    np.testing.assert_allclose(found[0], np.nanmean(values[:2], axis=0), rtol=1e-6)
    np.testing.assert_allclose(found[2], np.nanmean(values[2:5], axis=0), rtol=1e-6)
    assert np.isnan(found[1]).all() and np.isnan(found[3]).all()


@given(
    st.floats(0.6, 1.6), st.floats(-1, 1), st.floats(-8, 8), st.floats(-8, 8), st.integers(0, 10)
)  # fmt: skip
def test_a_moved_face_comes_back(scale, angle, right, down, seed):
    """Faces that are similar come to lie on each other exactly."""
    shape = np.random.default_rng(seed).normal(24, 8, (68, 2))
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = np.stack([shape, shape @ turn.T + [right, down]])
    transforms, mean = to_mean_shape(points)
    z = transforms[:, :1] * (points[..., 0] + 1j * points[..., 1]) + transforms[:, 1:]
    moved = np.stack([z.real, z.imag], -1)
    np.testing.assert_allclose(mean, points.mean(0), atol=1e-9)
    np.testing.assert_allclose(moved[0], moved[1], atol=1e-6)


def test_the_fit_is_the_best_similarity():
    """Twin: no turn, scale or shift nearby comes closer."""
    rng = np.random.default_rng(1)
    points = rng.normal(24, 8, (5, 68, 2))
    transforms, mean = to_mean_shape(points)
    z, goal = points[..., 0] + 1j * points[..., 1], mean[:, 0] + 1j * mean[:, 1]

    def distance(factor, shift):
        return (np.abs(factor * z[0] + shift - goal) ** 2).sum()

    best = distance(*transforms[0])
    for change in 0.01 * np.exp(1j * np.arange(8)):
        assert distance(transforms[0, 0] + change, transforms[0, 1]) > best
        assert distance(transforms[0, 0], transforms[0, 1] + change) > best


def test_faces_without_landmarks_have_no_place():
    points = np.random.default_rng(0).normal(5, 2, (3, 68, 2))
    points[1] = np.nan
    transforms, mean = to_mean_shape(points)
    assert np.isnan(transforms[1]).all() and np.isfinite(transforms[[0, 2]]).all()
    np.testing.assert_allclose(mean, points[[0, 2]].mean(0))
    assert np.isnan(aligned(np.ones((3, 8, 8)), transforms)[1]).all()


def test_pixels_go_where_the_transform_says():
    """A shift by whole pixels, and a bright dot under turn and scale."""
    picture = np.random.default_rng(0).random((1, 12, 12)).astype(np.float32)
    shifted = aligned(picture, np.array([[1, 3 + 2j]]))  # three to the right, two down
    np.testing.assert_allclose(shifted[0, 2:, 3:], picture[0, :-2, :-3], atol=1e-5)
    assert np.isnan(shifted[0, :1]).all() and np.isnan(shifted[0, :, :2]).all()

    dot = np.zeros((1, 31, 31), np.float32)
    dot[0, 12, 20] = 1
    turned = np.array([[0.8 * np.exp(0.5j), 3 - 4j]])
    goal = turned[0, 0] * (20 + 12j) + turned[0, 1]
    moved = np.nan_to_num(aligned(dot, turned)[0])
    y, x = np.unravel_index(moved.argmax(), moved.shape)
    assert abs(x - goal.real) <= 1 and abs(y - goal.imag) <= 1


@pytest.mark.parametrize("theta", [[[1, 0, 0], [0, 1, 0]], [[0.5, 0.2, -0.1], [-0.2, 0.7, 0.3]]])
def test_frames_go_round_what_the_warp_samples(theta):
    theta = np.array([theta], float)
    corners = outlines(theta, 48)[0]
    assert np.array_equal(corners[0], corners[4])
    # the sampler's own grid: its border pixels lie half a pixel inside of the frame
    grid = F.affine_grid(torch.from_numpy(theta), [1, 1, 4800, 4800], align_corners=False)[0].numpy()
    sampled = ((grid + 1) * 48 - 1) / 2
    np.testing.assert_allclose(corners[:4], sampled[[0, 0, -1, -1], [0, -1, -1, 0]], atol=0.02)


def test_the_identity_frames_the_whole_picture():
    np.testing.assert_allclose(outlines(np.array([[[1.0, 0, 0], [0, 1, 0]]]), 48)[0, [0, 2]], [[-0.5] * 2, [47.5] * 2])
