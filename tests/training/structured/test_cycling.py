"""Batches with all classes: item by item, within the training part, repeatable."""

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_lib.errors import InputError
from fer_lib.training.structured import ClassCycling

CPU = torch.device("cpu")
SEEDS = st.integers(0, 2**31)


def part(seed, num_classes, count):
    """Labels of `count` images and unordered positions of about half of them, with one of each class among them."""
    random = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(num_classes), random.integers(num_classes, size=count)])
    random.shuffle(labels)
    needed = [random.choice(np.flatnonzero(labels == c)) for c in range(num_classes)]
    train = np.union1d(needed, random.choice(len(labels), len(labels) // 2, replace=False))
    return labels, random.permutation(train)


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, num_classes=st.integers(1, 8), count=st.integers(0, 40), length=st.integers(0, 60))
def test_item_i_is_a_training_image_of_class_i_mod_k(seed, num_classes, count, length):
    labels, train = part(seed, num_classes, count)
    epoch = ClassCycling(labels, train, num_classes, seed, CPU).epoch(1, length)
    assert epoch.dtype == torch.int64 and len(epoch) == length
    for i, position in enumerate(epoch.tolist()):
        assert position in train and labels[position] == i % num_classes


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, num_classes=st.integers(2, 8), size=st.integers(1, 40))
def test_every_batch_has_its_share_of_every_class(seed, num_classes, size):
    labels, train = part(seed, num_classes, 30)
    for chosen in ClassCycling(labels, train, num_classes, seed, CPU).epoch(1, 100).split(size):
        counts = np.bincount(labels[chosen.numpy()], minlength=num_classes)
        least = len(chosen) // num_classes
        assert set(counts) <= {least, least + 1}


def test_draws_equal_their_slow_twin():
    """One draw after the other from the images of the class, in the order of `train`."""
    labels, train = part(5, 4, 30)
    random = np.random.default_rng(np.random.SeedSequence(11, spawn_key=(4, 2)))
    of_class = [[position for position in train if labels[position] == c] for c in range(4)]
    expected = []
    highs = [len(of_class[i % 4]) for i in range(50)]
    for i, drawn in enumerate(random.integers(highs)):
        expected.append(of_class[i % 4][drawn])
    assert ClassCycling(labels, train, 4, 11, CPU).epoch(2, 50).tolist() == expected


def test_images_of_a_class_come_equally_often():
    labels = np.array([0, 1, 1, 1, 0, 0, 1, 1])
    train = np.array([7, 0, 2, 5, 3])  # two of class 0, three of class 1
    seen = Counter(ClassCycling(labels, train, 2, 0, CPU).epoch(1, 12_000).tolist())
    assert set(seen) == set(train)
    for position, expected in ((0, 3000), (5, 3000), (7, 2000), (2, 2000), (3, 2000)):
        assert seen[position] == pytest.approx(expected, abs=200)


def test_epochs_differ_and_each_repeats_whatever_was_asked_before():
    labels, train = part(1, 3, 60)
    first = ClassCycling(labels, train, 3, 9, CPU)
    epochs = [first.epoch(number, 30).tolist() for number in (1, 2, 3)]
    assert len({tuple(epoch) for epoch in epochs}) == 3
    again = ClassCycling(labels, train, 3, 9, CPU)
    assert again.epoch(3, 30).tolist() == epochs[2] == first.epoch(3, 30).tolist()
    assert ClassCycling(labels, train, 3, 8, CPU).epoch(1, 30).tolist() != epochs[0]


def test_a_class_without_training_image_is_told():
    labels = np.array([0, 1, 2, 0, 1, 2])
    with pytest.raises(InputError, match="class 2 has no training sample; class cycling needs one of each"):
        ClassCycling(labels, np.array([0, 1, 3]), 3, 0, CPU)
    with pytest.raises(InputError, match="class 3 has no training sample"):
        ClassCycling(labels, np.arange(6), 4, 0, CPU)
