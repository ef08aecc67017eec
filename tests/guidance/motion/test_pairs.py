import numpy as np
import pytest

from fer_lib.errors import InputError
from fer_lib.guidance.motion import find_pairs

CLASSES = ("neutral", "happy", "angry")


def listed(pairs):
    return list(pairs.itertuples(index=False, name=None))


def pairs_slowly(faces, key):
    """Everybody with everybody."""
    rows = faces.samples.to_dict("records")
    return [
        (e, n, faces.classes[rows[e]["label"]])
        for e in range(len(rows))
        for n in range(len(rows))
        if rows[e]["label"] != 0 and rows[n]["label"] == 0 and all(rows[e][k] == rows[n][k] for k in key)
    ]


def test_drawn_pairs_are_sessions(drawn):
    faces, _ = drawn
    pairs = find_pairs(faces)
    assert len(pairs) == 120 and set(pairs["expression"]) == set(faces.classes) - {"neutral"}
    sample = faces.samples
    for row in pairs.itertuples():
        e, n = sample.iloc[row.expressive], sample.iloc[row.neutral]
        assert e["pair"] == n["pair"] and e["phase"] == "apex" and n["phase"] == "neutral"
        assert faces.classes[e["label"]] == row.expression


def test_every_expressive_picture_with_each_neutral_one_of_its_person(make_faces):
    rng = np.random.default_rng(0)
    faces = make_faces(rng.integers(0, 3, 40), subject=rng.choice(["KA", "KL", "KM"], 40))
    assert listed(find_pairs(faces)) == pairs_slowly(faces, ["subject"])


def test_a_sequence_goes_before_the_person_and_pose_divides_a_person(make_faces):
    labels, subject = [0, 1, 0, 2, 1], ["S1"] * 5
    sequences = make_faces(labels, subject=subject, sequence=["a", "a", "b", "b", "b"])
    assert listed(find_pairs(sequences)) == [(1, 0, "happy"), (3, 2, "angry"), (4, 2, "happy")]
    poses = make_faces(labels, subject=subject, session=[1, 1, 1, 1, 2], angle=["S", "S", "HL", "HL", "S"])
    assert listed(find_pairs(poses)) == [(1, 0, "happy"), (3, 2, "angry")]
    single = make_faces(labels, subject=subject, sequence=list("abcde"))  # neutral pictures are sequences of their own
    assert listed(find_pairs(single)) == pairs_slowly(single, ["subject"])


def test_neutral_by_another_name_and_nobody_in_particular(make_faces):
    faces = make_faces([0, 1, 0, 1], ("Neutral", "joy"), subject=["", "", "S1", "S1"])
    assert listed(find_pairs(faces)) == [(3, 2, "joy")]
    with pytest.raises(InputError, match="no expressive picture shares its subject with a neutral one"):
        find_pairs(make_faces([0, 1]))


def test_without_neutral_pictures(make_faces):
    for faces in (make_faces([1, 2]), make_faces([0, 1], ("happy", "sad"))):
        with pytest.raises(InputError, match="no neutral pictures"):
            find_pairs(faces)


def test_millions_of_pairs_are_refused_before_they_are_made(make_faces):
    faces = make_faces(np.repeat([0, 1], 1500), subject="ray")
    with pytest.raises(InputError, match=r"2,250,000 pairs, expected at most 1,000,000"):
        find_pairs(faces)
