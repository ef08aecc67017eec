"""The bank finds for every model what its own batches hold."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.training import TrainConfig
from fer_lib.training.batches import Batches, share_rows
from fer_lib.training.stacked import Member
from fer_lib.training.stacked.bank import Bank

from .conftest import CPU


def images(count, seed):
    return np.random.default_rng(seed).integers(0, 256, (count, 3, 2), dtype=np.uint8)


def member(batches):
    return Member(None, batches, np.arange(2), None, TrainConfig(), 0)


def find_slowly(members, positions, guided):
    """Images, guidance and labels one by one."""
    rows, labels = [], []
    for column, one in enumerate(members):
        data = one.batches
        guidance = data.images if data.guidance is None else data.guidance
        for row, position in enumerate(positions[:, column].tolist()):
            rows.append(((0, row, column), data.images[position]))
            if guided:
                rows.append(((1, row, column), guidance[position]))
            labels.append(((row, column), data.labels[position].item()))
    return rows, labels


def assert_finds(bank, members, positions, guided, models):
    index, labels = bank.find(positions[:, models], models)
    rows, expected = find_slowly(members[models], positions[:, models], guided)
    assert index.shape[0] == (2 if guided else 1)
    assert all(torch.equal(bank.rows[index[place]], row) for place, row in rows)
    assert all(labels[place].item() == label for place, label in expected)


@st.composite
def sets(draw):
    """Sizes, who has guidance, who shares the images of the one before, whether rows lie in one tensor."""
    count = draw(st.integers(1, 4))
    return [(draw(st.integers(1, 5)), draw(st.booleans()), draw(st.booleans())) for _ in range(count)], draw(
        st.booleans()
    )


@given(sets(), st.booleans(), st.randoms(use_true_random=False))
def test_rows_and_labels_equal_their_slow_twin(plan, guided, random):
    plan, shared = plan
    arrays, labels = [], []
    for seed, (size, has_guidance, as_before) in enumerate(plan):
        own = arrays[-2] if as_before and arrays else images(size, seed)
        arrays += [own, images(len(own), 100 + seed) if has_guidance else None]
        labels.append(np.random.default_rng(seed).integers(0, 3, len(own)))
    if shared:
        arrays = share_rows(arrays, CPU)
    members = [member(Batches(arrays[2 * i], arrays[2 * i + 1], own, 3, CPU)) for i, own in enumerate(labels)]
    bank = Bank.of(members, guided)
    positions = torch.tensor([[random.randrange(len(own)) for own in labels] for _ in range(6)])
    start = random.randrange(len(members))
    assert_finds(bank, members, positions, guided, slice(start, random.randrange(start, len(members)) + 1))
    kept = sorted(random.sample(range(len(members)), random.randrange(1, len(members) + 1)))
    smaller, left = bank.keep(torch.tensor(kept)), [members[i] for i in kept]
    assert_finds(smaller, left, positions[:, kept], guided, slice(0, len(left)))


def test_shared_rows_are_not_copied():
    faces, maps = share_rows([images(4, 0), images(4, 1)], CPU)
    labels = np.arange(4) % 3
    members = [member(Batches(faces, guidance, labels, 3, CPU)) for guidance in (None, maps)]
    bank = Bank.of(members, True)
    assert bank.rows.data_ptr() == faces.data_ptr() and len(bank.rows) == 8
    assert bank.inputs.tolist() == [[0, 0], [0, 4]]


@pytest.mark.parametrize("cut", [slice(0, 4), slice(0, 8, 2), slice(1, 8, 2), slice(3, 6)])
def test_any_slices_of_one_tensor_are_found(cut):
    """Every second row is a slice too, but its rows are not neighbours."""
    every = torch.from_numpy(images(8, 0))
    batches = [Batches(rows, None, np.zeros(len(rows), int), 3, CPU) for rows in (every[:4], every[cut])]
    members = [member(each) for each in batches]
    positions = torch.tensor([[0, 0], [1, 1], [2, 2]])
    assert_finds(Bank.of(members, False), members, positions, False, slice(0, 2))


def test_colour_images_stay_whole():
    colour = [np.random.default_rng(i).integers(0, 256, (3, 4, 2, 3), dtype=np.uint8) for i in range(2)]
    members = [member(Batches(each, None, np.arange(3), 3, CPU)) for each in colour]
    assert_finds(Bank.of(members, False), members, torch.tensor([[2, 0], [1, 2]]), False, slice(0, 2))
