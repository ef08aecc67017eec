"""Faces and masks: which mask goes where, and how it is enlarged."""

import numpy as np
import torch
from PIL import Image

from fer_lib.training.motion.batches import resized

from .conftest import FRAME, blobs, faces

LABELS = np.array([2, 0, 1, 1, 0])


def test_targets_are_the_masks_of_the_own_classes(make_motion_batches):
    batches = make_motion_batches(LABELS)
    chosen = torch.tensor([0, 3, 1])
    inputs, labels = batches[chosen]
    assert len(inputs) == 1 and labels.tolist() == [2, 1, 0]
    assert batches.predicts
    targets = batches.targets(chosen)
    assert targets.shape == (3, 1, FRAME, FRAME)
    assert torch.equal(targets, resized(blobs(1)[0], (FRAME, FRAME))[[2, 1, 0]])


def test_shown_masks_go_to_the_network_in_its_range(make_motion_batches):
    shown = np.array([0, 1, 2, 0, 1])
    batches = make_motion_batches(LABELS, shown=shown)
    (face, mask), _ = batches[torch.tensor([4, 2])]
    assert not batches.predicts
    assert face.shape == mask.shape == (2, 1, FRAME, FRAME)
    assert torch.equal(mask, 2 * resized(blobs(1)[0], (FRAME, FRAME))[[1, 2]] - 1)
    assert mask.min() >= -1 and mask.max() <= 1


def test_grey_is_the_face_between_0_and_1(make_motion_batches):
    batches = make_motion_batches(LABELS, masks=None)
    assert not batches.predicts
    grey = batches.grey(torch.tensor([1, 4]))
    assert torch.allclose(grey[:, 0], torch.from_numpy(faces(LABELS)[[1, 4]] / 255).float(), atol=1e-6)


def test_masks_are_enlarged_bilinearly():
    mask = np.random.default_rng(0).integers(0, 256, (1, 70, 70), dtype=np.uint8)
    pillow = Image.fromarray(mask[0]).resize((103, 103), Image.Resampling.BILINEAR)
    found = resized(mask, (103, 103))[0, 0].numpy()
    assert np.abs(found * 255 - np.asarray(pillow, float)).max() <= 1.01  # Pillow rounds twice
    assert torch.equal(resized(mask, (70, 70))[0, 0] * 255, torch.from_numpy(mask[0]).float())


def test_smaller_masks_are_smoothed_and_stay_in_range():
    stripes = np.tile(np.array([0, 255], np.uint8), (1, 70, 35))
    found = resized(stripes, (35, 35))
    assert found.min() >= 0 and found.max() <= 1
    assert (found[0, 0, 2:-2, 2:-2] - 0.5).abs().max() < 0.01
