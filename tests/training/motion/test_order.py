"""Order of the data: every image once an epoch, but for one that would be alone."""

import numpy as np
import pytest
import torch

from fer_lib.errors import InputError
from fer_lib.training.motion.order import Order

CPU = torch.device("cpu")


def epochs(n, batch_size, count=1, seed=3, augmentation="crops"):
    order = Order(np.arange(100, 100 + n), seed, batch_size, augmentation, CPU)
    return order, [list(order.epoch()) for _ in range(count)]


@pytest.mark.parametrize(("n", "sizes"), [(12, [4, 4, 4]), (14, [4, 4, 4, 2]), (13, [4, 4, 4]), (2, [2])])
def test_a_last_single_image_is_left_out(n, sizes):
    order, (epoch,) = epochs(n, 4)
    assert [len(chosen) for chosen, _ in epoch] == sizes == [len(draw.place) for _, draw in epoch]
    assert order.seen == sum(sizes)
    seen = torch.cat([chosen for chosen, _ in epoch])
    assert len(seen.unique()) == len(seen) and set(seen.tolist()) <= set(range(100, 100 + n))


def test_epochs_differ_and_a_seed_repeats_them():
    _, first = epochs(30, 8, count=2)
    _, again = epochs(30, 8, count=2)
    _, other = epochs(30, 8, count=1, seed=4)
    flat = [[torch.cat([c for c, _ in e]).tolist() for e in run] for run in (first, again, other)]
    places = [[torch.cat([d.place for _, d in e]).tolist() for e in run] for run in (first, again)]
    assert flat[0] == flat[1] and places[0] == places[1]
    assert flat[0][0] != flat[0][1] and places[0][0] != places[0][1] and flat[0][0] != flat[2][0]


def test_the_order_does_not_depend_on_the_crops():
    _, cropped = epochs(30, 8)
    _, plain = epochs(30, 8, augmentation="none")
    assert all(torch.equal(a, b) for (a, _), (b, _) in zip(cropped[0], plain[0], strict=True))


def test_one_image_is_too_few():
    with pytest.raises(InputError, match="1 training samples, expected at least 2"):
        epochs(1, 4)
