"""Lightness against OpenCV's Lab, matching and stretching against one image at a time."""

import cv2
import numpy as np
import pytest
import torch

from fer_lib.training.compositions.light import grey_of, lightness, matched, stretched

LEVELS = torch.linspace(0, 1, 1001)


def lab(grey):
    """CIE Lab of a grey image (H, W) in [0, 1], as OpenCV computes it."""
    return cv2.cvtColor(np.repeat(grey[:, :, None].astype(np.float32), 3, 2), cv2.COLOR_RGB2LAB)


def matched_slowly(face, mask, background, where):
    """One image (H, W), in three channels of Lab."""
    own, behind = lab(face * (mask if where == "canvas" else 1)), lab(background)
    area = mask if where == "face" else np.ones_like(mask)
    factor = np.clip(behind[area, 0].mean() / own[area, 0].mean(), 0.5, 1.5)
    colour = lab(face)
    colour[:, :, 0] = np.clip(colour[:, :, 0] * factor, 10, 90)
    return cv2.cvtColor(colour, cv2.COLOR_LAB2RGB)[:, :, 1]


def lightness_slowly(grey):
    """IEC 61966-2-1, then CIE 15: light is linear first, and grey has the luminance of white times it."""
    linear = grey / 12.92 if grey <= 0.04045 else ((grey + 0.055) / 1.055) ** 2.4
    return 116 * linear ** (1 / 3) - 16 if linear > 216 / 24389 else linear * 24389 / 27


def test_lightness_is_that_of_lab():
    expected = [lightness_slowly(grey) for grey in LEVELS.tolist()]
    assert np.abs(lightness(LEVELS).numpy() - expected).max() < 1e-3
    # OpenCV reads L* from a table
    assert np.abs(lightness(LEVELS).numpy() - lab(LEVELS.numpy()[None])[0, :, 0]).max() < 0.25
    assert lightness(torch.tensor([0.0, 1.0])).tolist() == pytest.approx([0, 100], abs=1e-4)
    mid = lightness(torch.tensor([119 / 255]))  # the grey that looks halfway
    assert mid.item() == pytest.approx(50, abs=0.1)


def test_lightness_is_undone():
    bright = LEVELS[lightness(LEVELS) >= 8]
    assert torch.allclose(grey_of(lightness(bright)), bright, atol=1e-5)


@pytest.mark.parametrize("where", ["face", "canvas"])
def test_faces_are_matched_as_one_by_one(where):
    rng = np.random.default_rng(0)
    gain = np.linspace(0.05, 1, 8)[:, None, None]
    faces, backgrounds = rng.random((8, 12, 12)) * gain, rng.random((8, 12, 12)) * gain[::-1]
    masks = rng.random((8, 12, 12)) < np.linspace(0.2, 0.9, 8)[:, None, None]
    faces, backgrounds = faces.astype(np.float32), backgrounds.astype(np.float32)
    found = matched(*(torch.from_numpy(a).unsqueeze(1) for a in (faces, masks, backgrounds)), where)
    for k in range(8):
        expected = matched_slowly(faces[k], masks[k], backgrounds[k], where)
        inside = masks[k]
        assert np.abs(found[k, 0].numpy() - expected)[inside].max() < 0.01


def test_a_matched_face_is_as_light_as_its_background():
    grey = torch.rand(20, 1, 16, 16, generator=torch.Generator().manual_seed(0)) * 0.3 + 0.4
    behind = torch.full_like(grey, 0.5)
    mask = torch.ones_like(grey, dtype=torch.bool)
    mask[..., :5] = False
    lit = lightness(matched(grey, mask, behind, "face"))
    mean = torch.where(mask, lit, 0).sum((1, 2, 3)) / mask.sum((1, 2, 3))
    assert torch.allclose(mean, lightness(behind).amax((1, 2, 3)), atol=0.1)
    assert matched(grey, mask, behind, "none") is grey
    nothing = matched(grey, torch.zeros_like(mask), behind, "face")
    assert nothing.isfinite().all()


def test_stretching_by_range_and_as_the_public_code_does():
    values = torch.tensor([[51.0, 102.0, 204.0, 255.0]]).view(1, 1, 1, 4) / 255
    mask = torch.tensor([True, True, True, False]).view(1, 1, 1, 4)
    found = stretched(values, "range", mask) * 255
    assert found.flatten().tolist() == pytest.approx([0, 85, 255, 255], abs=1e-3)
    legacy = stretched(values, "max", mask) * 255
    assert legacy.flatten().tolist() == pytest.approx([0, 63.75, 191.25, 255], abs=1e-3)
    assert torch.equal(stretched(values, "none", mask), values)
    flat = torch.full((1, 1, 3, 3), 0.4)
    assert torch.equal(stretched(flat, "range"), flat) and not stretched(flat, "max").any()


def test_every_image_is_stretched_by_itself():
    values = (
        torch.rand(5, 1, 9, 9, generator=torch.Generator().manual_seed(1)) * torch.arange(1, 6).view(5, 1, 1, 1) / 6
    )
    together = stretched(values, "range")
    for one, image in zip(together, values, strict=True):
        assert torch.allclose(one, (image - image.min()) / (image.max() - image.min()), atol=1e-5)
