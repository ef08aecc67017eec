"""The disks that a saliency network must see, and the networks that do not."""

import pytest
import torch

from fer_lib.errors import InputError
from fer_lib.models.msinet_sanity import CENTRES, NEAR, RADIUS, check_sanity, disks


class Drawing(torch.nn.Module):
    """As many parameters as MSI-Net, without memory; it draws whatever it is told."""

    def __init__(self, draw, parameters=24_934_209):
        super().__init__()
        self.draw = draw
        self.weights = torch.nn.Parameter(torch.empty(parameters, device="meta"))

    def forward(self, pictures):
        return self.draw(pictures)


def brightness(pictures):
    """Zero on grey, one inside the disk."""
    return (pictures.mean(1, keepdim=True) - 126) / 129


def test_disks_are_bright_on_grey_and_away_from_the_middle():
    pictures = disks()
    assert pictures.shape == (2, 3, 240, 320) and set(pictures.unique().tolist()) == {126.0, 255.0}
    for picture, (y, x) in zip(pictures, CENTRES, strict=True):
        assert (picture[:, y, x] == 255).all() and (picture[:, y, x + RADIUS] == 255).all()
        assert (picture[:, y, x + RADIUS + 1] == 126).all()
        assert ((120 - y) ** 2 + (160 - x) ** 2) ** 0.5 > NEAR, "a map of the middle would pass"


def test_a_network_that_sees_the_disks():
    seen = check_sanity(Drawing(brightness), "weights")
    assert seen == {"parameters": 24_934_209, "lowest": 0.0, "highest": 1.0, "distance": pytest.approx(RADIUS, abs=1)}


def centre(pictures):
    out = torch.zeros(2, 1, 240, 320)
    out[:, :, 120, 160] = 1
    return out


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda pictures: 0 * brightness(pictures), "w: maps of a bright disk span 0 to 0, expected 0 to 1"),
        (lambda pictures: 2 * brightness(pictures), "w: maps of a bright disk span 0 to 2, expected 0 to 1"),
        (lambda pictures: brightness(pictures) / 2 + 0.5, "w: maps of a bright disk span 0.5 to 1, expected 0 to 1"),
        (lambda pictures: brightness(pictures) - 0.5, "w: maps of a bright disk span -0.5 to 0.5, expected 0 to 1"),
        (lambda pictures: brightness(pictures) / 0 * 0, "w: maps of a bright disk span nan to nan, expected 0 to 1"),
        (centre, "w: the map of a bright disk has its maximum 75 pixels from the disk's centre, expected at most 48"),
        (
            lambda pictures: brightness(pictures).flip(0),
            "w: the map of a bright disk has its maximum 165 pixels from the disk's centre, expected at most 48",
        ),
    ],
)
def test_a_network_that_does_not(draw, said):
    with pytest.raises(InputError) as refused:
        check_sanity(Drawing(draw), "w")
    assert str(refused.value) == said


def test_another_network():
    with pytest.raises(InputError, match="w: 5 parameters, expected 24,934,209"):
        check_sanity(Drawing(brightness, 5), "w")
