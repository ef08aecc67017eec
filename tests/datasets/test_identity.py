"""Whether a person is in two parts, against a slow twin; and groups that are joined."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.datasets.grouping import joined_groups, split_groups
from fer_lib.datasets.identity import identity_disjoint, identity_sentence

rows = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=20)


@given(rows)
def test_disjoint_as_a_slow_twin_says(pairs):
    people, parts = np.array(pairs).T
    slowly = all(parts[i] == parts[j] for i in range(len(parts)) for j in range(len(parts)) if people[i] == people[j])
    assert identity_disjoint(np.char.add("s", people.astype(str)), parts) == slowly


@pytest.mark.parametrize(
    ("subjects", "sentence"),
    [
        (["a", "a", "b", "c"], "identity-disjoint: yes (3 subjects, each in one part)"),
        (["a", "b", "b", "c"], "identity-disjoint: no (1 of 3 subjects are in more than one part)"),
        (["a", "", "b", ""], "identity-disjoint: unknown (2 of 4 images name no subject)"),
    ],
)
def test_the_sentence(subjects, sentence):
    assert identity_sentence(subjects, ["train", "train", "test", "test"]) == sentence


@given(rows)
def test_joined_groups_as_a_slow_twin_joins_them(pairs):
    first, second = np.array(pairs).T
    joined = list(range(len(pairs)))
    for _ in pairs:  # spread the smallest number along every link until nothing changes
        for i in range(len(pairs)):
            for j in range(len(pairs)):
                if first[i] == first[j] or second[i] == second[j]:
                    joined[i] = joined[j] = min(joined[i], joined[j])
    found = joined_groups(first, second)
    assert [found.tolist().index(group) for group in found] == joined
    assert list(dict.fromkeys(found)) == list(range(found.max() + 1))


@given(rows)
def test_split_groups_hold_one_subject_each(pairs):
    groups, people = np.array(pairs).T
    found = split_groups(groups, np.char.add("s", people.astype(str)))
    for i in range(len(pairs)):
        assert [pairs[j] == pairs[i] for j in range(len(pairs))] == (found == found[i]).tolist()
    assert list(dict.fromkeys(found)) == list(range(found.max() + 1))
