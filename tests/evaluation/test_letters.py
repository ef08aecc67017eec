"""Letters: two variants share one if and only if they do not differ significantly."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from fer_lib.evaluation.letters import compact_letters


@st.composite
def differences(draw, most=9):
    names = [f"v{i}" for i in range(draw(st.integers(1, most)))]
    pairs = list(combinations(names, 2))
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    return names, [draw(st.permutations(pair)) for pair in chosen]


@given(differences())
def test_letters_are_shared_exactly_where_nothing_differs(given_):
    names, different = given_
    letters = compact_letters(names, different)
    told_apart = {frozenset(pair) for pair in different}
    for one, other in combinations(names, 2):
        assert bool(set(letters[one]) & set(letters[other])) == (frozenset((one, other)) not in told_apart)
    assert list(letters) == names and all(letters.values()) and "a" in letters[names[0]]


@given(differences())
def test_no_letter_says_what_another_says_already(given_):
    names, different = given_
    letters = compact_letters(names, different)
    used = sorted({letter for word in letters.values() for letter in word})
    holders = [{name for name in names if letter in letters[name]} for letter in used]
    assert used == [chr(ord("a") + k) for k in range(len(used))]
    assert not any(one <= other for one in holders for other in holders if one is not other)


def test_by_hand():
    assert compact_letters(["a1"], []) == {"a1": "a"}
    assert compact_letters(["x", "y", "z"], [("x", "z")]) == {"x": "a", "y": "ab", "z": "b"}
    everything = list(combinations("xyz", 2))
    assert compact_letters(list("xyz"), everything) == {"x": "a", "y": "b", "z": "c"}
    # published example of the algorithm's purpose: not a chain, so no underlining could show it
    assert compact_letters(list("wxyz"), [("w", "x"), ("y", "z")]) == {"w": "ab", "x": "cd", "y": "ac", "z": "bd"}


def test_letters_beyond_z_are_set_apart():
    names = [f"v{i:02d}" for i in range(28)]
    letters = compact_letters(names, combinations(names, 2))
    assert letters["v00"] == "a" and letters["v25"] == "z" and letters["v26"] == "aa" and letters["v27"] == "ab"
    letters = compact_letters([*names, "all"], combinations(names, 2))
    assert letters["all"].split(".")[-2:] == ["aa", "ab"]
