"""Notebook 13's look at the raters: votes are joined with the answers by image, classes by name."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from fer_lib.datasets.ferplus_votes import ANSWERS, CLASSES, FILE, ROWS, VOTES
from fer_lib.datasets.labels import POLARITY
from fer_lib.evaluation.comparable import Design
from fer_lib.studies import label_noise as noise
from fer_lib.studies.leaderboard import LeaderboardParameters

SEVEN = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def test_answers_are_classes_by_name():
    assert dict(zip(CLASSES, noise.class_of_answers(POLARITY), strict=False)) == {
        "neutral": 0, "happy": 1, "surprise": -1, "sad": 2, "angry": 2, "disgust": 2, "fear": 2, "contempt": 2,
    }  # fmt: skip
    seven = dict(zip(CLASSES, noise.class_of_answers(SEVEN), strict=False))
    assert [SEVEN[code] if code >= 0 else None for code in seven.values()] == [
        "neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", None,
    ]  # fmt: skip
    assert noise.class_of_answers(POLARITY)[-2:] == [-1, -1] and len(noise.class_of_answers(SEVEN)) == len(VOTES)


def test_votes_are_added_up_by_class():
    cast = np.array([[1, 2, 3, 1, 1, 0, 0, 1, 1, 0], [10, 0, 0, 0, 0, 0, 0, 0, 0, 0]])
    counted = noise.votes_by_class(cast, noise.class_of_answers(POLARITY), 3)
    assert counted.tolist() == [[1, 2, 3, 4], [10, 0, 0, 0]] and (counted.sum(1) == cast.sum(1)).all()


def table(seed, predicted, faces, sure=0.95):
    p = np.full((len(faces), 3), (1 - sure) / 2)
    p[np.arange(len(faces)), predicted] = sure
    rows = {"sample_id": faces.samples["sample_id"], "fold": np.arange(len(faces)) % 2, "split": "test", "seed": seed}
    rows |= {"label": faces.labels, "predicted": predicted, **{f"p_{k}": p[:, k] for k in range(3)}}
    return pd.DataFrame(rows).sample(frac=1, random_state=0)


@pytest.fixture
def board(make_faces):
    """Four images whose rows in fer2013.csv are 2, 0, 3, 1; the network's answers are those of the raters."""
    faces = make_faces([0, 1, 2, 0], POLARITY, name="fer2013")
    samples = faces.samples.assign(sample_id=[f"fer2013-{row:05d}" for row in (2, 0, 3, 1)], split="Training")
    faces = type(faces)(faces.name, faces.images, samples, faces.classes)
    predictions = {
        "none": pd.concat([table(1, [1, 1, 2, 0], faces), table(2, [1, 1, 2, 1], faces)]),
        "soft": table(7, [0, 1, 1, 0], faces),
    }
    design = Design("fer2013", "polarity", POLARITY, "honest", "published", 2, 4)
    return SimpleNamespace(name="b", design=design, faces=faces, predictions=predictions)


@pytest.fixture
def study(tmp_path):
    """FER+ votes: rows 0 and 2 are happy, row 1 neutral, row 3 sad; nobody answers anything else but for row 1."""
    votes = np.zeros((ROWS, 10), int)
    votes[:, 0] = 10
    votes[[0, 2]] = np.eye(10, dtype=int)[1] * 10
    votes[3] = np.eye(10, dtype=int)[3] * 10
    votes[1] = [6, 0, 2, 0, 0, 0, 0, 0, 2, 0]
    frame = pd.DataFrame(votes, columns=ANSWERS)
    frame.insert(0, "Usage", "Training")
    frame.insert(1, "Image name", "")
    path = tmp_path / "raw" / "ferplus" / FILE
    path.parent.mkdir(parents=True)
    frame.to_csv(path, index=False)
    return LeaderboardParameters.check({"data_dir": str(tmp_path), "reports_dir": str(tmp_path)})


def test_votes_and_answers_are_joined_by_image(board, study):
    rated = noise.rated(board, study)
    assert rated.decisions.seeds == (0,) and rated.decisions.variants == ("none", "soft")  # one seed of each
    assert rated.sample_ids.tolist() == board.faces.samples["sample_id"].to_list()
    assert rated.raters.tolist() == [1, 1, 2, 0] and rated.agreement.tolist() == [1, 1, 1, 0.6]
    assert rated.votes.tolist() == [[0, 10, 0, 0], [0, 10, 0, 0], [0, 0, 10, 0], [6, 0, 0, 4]]


def test_humans_networks_and_labels(board, study):
    rated = noise.rated(board, study)
    ceiling = noise.ceiling(rated)
    by = ceiling.set_index(["measured against", "answers"])["accuracy"]
    assert by["label", "all"] == pytest.approx(65) and by["label", "classes alone"] == pytest.approx(75)
    said = noise.humans(rated, ceiling)
    assert "gives the label in 65.0 %" in said and "none gives it in 75.0 %" in said
    assert "the best network (none) agrees with the raters' majority in 100.0 % of the 4 images" in said

    shares = noise.noise_shares(rated, study)
    none = shares[shares["variant"] == "none"].set_index("raters say")
    assert none.loc["another class", "errors_share"] == 100 and none.loc["another class", "images"] == 1
    assert none.loc["label, barely", "images"] == 1 and none.loc["label, clearly", "images"] == 2
    # soft errs once, where the raters clearly agree with the label
    assert "are 50.0 % of all and carry 50.0 % of the errors" in noise.noise(shares, study)


def test_shares_for_readers(board, study):
    table = noise.shares_for_readers(noise.noise_shares(noise.rated(board, study), study))
    assert list(table.index) == ["all images", "errors of none", "errors of soft"]
    assert table.loc["all images"].to_list() == [25, 0, 25, 50] and (table.sum(axis=1) == 100).all()
    assert table.loc["errors of none", "another class"] == 100


def test_votes_for_several_expressions_of_a_class_are_one_majority(board, study):
    """Sad, angry and disgust have no majority each, together they are negative."""
    path = study.data / "raw" / "ferplus" / FILE
    votes = pd.read_csv(path, keep_default_na=False)
    votes.loc[3, list(ANSWERS)] = [1, 0, 0, 4, 4, 1, 0, 0, 0, 0]
    votes.to_csv(path, index=False)
    rated = noise.rated(board, study)
    assert rated.raters[2] == 2 and rated.agreement[2] == pytest.approx(0.9)


def test_confident_disagreements_are_listed_by_name(board, study):
    rated = noise.rated(board, study)
    rows = noise.disagreements(rated, study)
    assert rows["sample_id"].to_list() == ["fer2013-00002"]
    assert rows[["label", "answer", "trainings"]].iloc[0].to_list() == ["neutral", "positive", 1]
    assert noise.disagreement_counts(rows).to_dict("records") == [
        {"label": "neutral", "answer": "positive", "images": 1}
    ]
    assert "On 1 of 4 images" in noise.listed(rows, rated, study) and "all 2 trainings do" in noise.listed(
        rows, rated, study
    )
    unsure = study.model_copy(update={"sure": 0.99})
    assert (
        noise.disagreements(rated, unsure).empty and noise.disagreement_counts(noise.disagreements(rated, unsure)).empty
    )


def test_without_votes_there_is_nothing_to_say(board, tmp_path):
    assert noise.rated(board, LeaderboardParameters.check({"data_dir": str(tmp_path)})) is None
