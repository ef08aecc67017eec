"""Attention mass and errors against slow twins."""

import numpy as np
import pytest
import torch

from fer_lib.models import create_model
from fer_lib.training.composed.part import Part
from fer_lib.training.composed.scores import attention_mass, composed_scores

from .conftest import RECIPE, SIZE, discs, faces, grey

CPU = torch.device("cpu")
LABELS = np.arange(9) % 3


def a_part(index=range(9)):
    return Part(faces(LABELS), discs(9), grey(100), LABELS, np.array(list(index)), RECIPE, CPU)


def test_an_even_map_has_the_share_of_the_mask():
    mask = torch.zeros(2, 1, 8, 8)
    mask[0, :, :4, :4] = 1
    mask[1, :, 2:5] = 1
    assert torch.allclose(attention_mass(torch.full((2, 3, 8, 8), 0.7), mask), torch.tensor([0.25, 0.375]))


def test_a_closed_gate_has_no_mass():
    assert attention_mass(torch.full((1, 1, 4, 4), -500.0), torch.ones(1, 1, 4, 4)).item() == 0


def test_mass_pixel_by_pixel():
    generator = torch.Generator().manual_seed(0)
    attention = torch.randn(2, 2, 5, 5, generator=generator)
    mask = (torch.rand(2, 1, 5, 5, generator=generator) < 0.4).float()
    for row, found in enumerate(attention_mass(attention, mask)):
        inside = whole = 0.0
        for y in range(5):
            for x in range(5):
                value = sum(float(torch.sigmoid(attention[row, c, y, x])) for c in range(2)) / 2
                whole += value
                inside += value * float(mask[row, 0, y, x])
        assert found == pytest.approx(inside / whole, rel=1e-5)


def test_a_mask_of_another_size_is_brought_to_the_map():
    mask = torch.zeros(1, 1, 16, 16)
    mask[..., :8] = 1
    assert attention_mass(torch.zeros(1, 1, 8, 8), mask).item() == pytest.approx(0.5, abs=1e-6)


def test_scores_of_a_network_by_hand():
    torch.manual_seed(0)
    model, part = create_model("feratt_slim", num_classes=3, image_size=SIZE), a_part()
    found = composed_scores(model, part, 2, 5, torch.float32)
    assert found.faces.tolist() == [*range(9), *range(9)]
    ((chosen, composed),) = part.fixed(2, 5)
    with torch.no_grad():
        for row in (0, 7, 13):
            image, target = composed.image[row : row + 1], composed.target[row : row + 1]
            mask = composed.mask[row : row + 1]
            parts = model.eval().parts(2 * image - 1)
            mean, deviation = (
                torch.tensor(model.units.mean)[:, None, None],
                torch.tensor(model.units.std)[:, None, None],
            )
            wanted = (target - mean) / deviation * mask
            assert found.error[row] == pytest.approx(((parts.reconstruction - wanted) ** 2).mean().item(), rel=1e-4)
            seen = (image - mean) / deviation
            assert found.input_error[row] == pytest.approx(((seen - wanted) ** 2).mean().item(), rel=1e-4)
            assert torch.allclose(found.logits[row], parts.logits[0], atol=1e-4)
            assert found.coverage[row] == mask.mean()


def test_a_baseline_has_logits_alone():
    model = create_model("preact_slim", num_classes=3)
    found = composed_scores(model, a_part(), 1, 5, torch.float32)
    assert found.logits.shape == (9, 3) and found.mass is found.error is found.input_error is None


def test_fixed_compositions_are_fixed_and_differ():
    (first,), (again,), (other,) = (list(a_part().fixed(2, seed)) for seed in (5, 5, 6))
    assert torch.equal(first[1].image, again[1].image) and not torch.equal(first[1].image, other[1].image)
    assert not torch.equal(first[1].image[:9], first[1].image[9:])


def test_a_part_has_its_own_faces_alone():
    part = a_part([1, 4, 7])
    assert len(part.compositions) == 3 and part.labels.tolist() == [1, 1, 1]
    ((faces_seen, composed),) = part.fixed(1, 0)
    assert faces_seen.tolist() == [0, 1, 2] and composed.image.shape == (3, 1, SIZE, SIZE)
