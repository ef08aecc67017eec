"""FER+ votes: the file is checked, joined by row, and judged by the authors' rule."""

import re
import shutil

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.datasets import load_dataset
from fer_lib.datasets.ferplus import CLASSES, VOTES, majority_answer, read_votes, soft_labels, soft_polarity, votes_of
from fer_lib.datasets.ferplus_votes import ANSWERS, FILE, HEADER, ROWS
from fer_lib.datasets.labels import POLARITY, POLARITY_OF, canonical
from fer_lib.datasets.registry import DATASETS
from fer_lib.errors import InputError
from fer_lib.studies import guided_transformers

PARTS = ("Training",) * 28709 + ("PublicTest",) * 3589 + ("PrivateTest",) * 3589
KNOWN = {  # row → votes, by hand
    0: [4, 0, 0, 1, 3, 2, 0, 0, 0, 0],  # 4 of the 9 votes that are not single: no majority
    1: [6, 0, 1, 1, 0, 0, 0, 0, 2, 0],  # 6 of 8: neutral
    2: [0, 0, 0, 0, 0, 0, 0, 0, 0, 10],  # not a face
    3: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],  # nothing but single votes: unknown
    4: [0, 0, 0, 0, 0, 0, 0, 6, 4, 0],  # contempt
    5: [0, 0, 0, 0, 0, 0, 0, 1, 8, 1],  # unknown
    6: [0, 5, 5, 0, 0, 0, 0, 0, 0, 0],  # a tie
    28709: [0, 0, 9, 1, 0, 0, 0, 0, 0, 0],  # surprise
}

votes = st.lists(st.integers(0, 10), min_size=10, max_size=10)


@pytest.fixture(scope="module")
def lines():
    """The lines of a file of the right size: `KNOWN`, and ten votes for neutral elsewhere."""
    rows = [KNOWN.get(row, [10] + [0] * 9) for row in range(ROWS)]
    return [
        ",".join(HEADER),
        *(
            f"{part},fer{i:07d}.png,{','.join(map(str, row))}"
            for i, (part, row) in enumerate(zip(PARTS, rows, strict=True))
        ),
    ]


@pytest.fixture
def put(tmp_path, lines):
    """``put()`` writes the file under raw/ of tmp_path; ``put({3: "…"})`` with lines replaced."""

    def write(changed=None):
        path = tmp_path / "raw" / "ferplus" / FILE
        path.parent.mkdir(parents=True)
        path.write_text(
            "\n".join(changed.get(n, line) for n, line in enumerate(lines)) + "\n" if changed else "\n".join(lines)
        )
        return path

    return write


@pytest.fixture
def faces(make_faces):
    """Images of chosen rows of FER-2013."""

    def make(rows, **columns):
        made = {"sample_id": [f"fer2013-{row:05d}" for row in rows], "split": [PARTS[row] for row in rows], **columns}
        return make_faces([0] * len(rows), name="fer2013", **made)

    return make


def majority_slowly(row):
    """Microsoft's ferplus.py in words, one row at a time."""
    row = [0 if vote <= 1 else vote for vote in row]
    if max(row) > 0.5 * sum(row):
        return ANSWERS[row.index(max(row))]
    return "unknown"


@given(st.lists(votes, min_size=1, max_size=20))
def test_majority_equals_the_slow_twin(rows):
    found = majority_answer(np.array(rows))
    assert [ANSWERS[answer] for answer in found] == [majority_slowly(row) for row in rows]


def test_classes_are_the_answers_in_this_studys_spelling():
    assert tuple(canonical(name) for name in ANSWERS[:8]) == CLASSES and len(VOTES) == len(ANSWERS)


def test_votes_are_joined_by_row_of_any_subset_under_any_labels(put, tmp_path, faces):
    put()
    chosen = (
        faces([28709, 3, 0, 1, 2, 4, 5, 6])
        .relabel(np.array([1, 0, 0, 0, -1, 2, 0, 0]), POLARITY)
        .subset([0, 1, 2, 3, 4, 6])
    )
    table = votes_of(chosen, tmp_path)
    assert table[list(VOTES)].to_numpy().tolist() == [KNOWN[row] for row in (28709, 3, 0, 1, 4, 6)]
    assert table["majority"].tolist() == ["surprise", "", "", "neutral", "contempt", ""]
    assert table["unknown"].tolist() == [False, True, True, False, False, True]
    assert not table["not_a_face"].any() and table["not_a_face"].dtype == bool
    assert np.allclose(table["agreement"], [0.9, 0.1, 0.4, 0.6, 0.6, 0.5])
    assert votes_of(faces([2]), tmp_path)["not_a_face"].tolist() == [True]


def test_exactly_one_of_majority_unknown_and_not_a_face(put, tmp_path, faces):
    put()
    table = votes_of(faces(list(KNOWN)), tmp_path)
    assert ((table["majority"] != "").astype(int) + table["unknown"] + table["not_a_face"] == 1).all()


@given(st.lists(votes, min_size=1, max_size=10), st.booleans())
def test_soft_labels(rows, drop_single):
    soft = soft_labels(pd.DataFrame(rows, columns=list(VOTES)), drop_single)
    assert soft.dtype == np.float32 and soft.shape == (len(rows), 8)
    for found, row in zip(soft, rows, strict=True):
        kept = [vote if vote > 1 or not drop_single else 0 for vote in row[:8]]
        assert np.allclose(found, [vote / sum(kept) for vote in kept] if sum(kept) else 0, atol=1e-6)


BAD_LINES = {
    "eleven votes": ({5: "Training,x.png,5,6,0,0,0,0,0,0,0,0"}, ", row 4: 11 votes, expected 10"),
    "eight votes": ({5: "Training,x.png,8,0,0,0,0,0,0,0,0,0"}, ", row 4: 8 votes, expected 10"),
    "half": ({2: "Training,x.png,9.5,1,0,0,0,0,0,0,0,0"}, ", row 1: neutral '9.5', expected a vote count 0…10"),
    "negative": ({2: "Training,x.png,11,-1,0,0,0,0,0,0,0,0"}, ", row 1: neutral '11', expected a vote count 0…10"),
    "missing": ({2: "Training,x.png,10,0,0,0,0,0,0,0,0,"}, ", row 1: NF '', expected a vote count 0…10"),
    "header": ({0: "Usage,neutral"}, ": "),
}  # fmt: skip


@pytest.mark.parametrize(("changed", "sentence"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_wrong_row_is_named(put, changed, sentence):
    path = put(changed)
    with pytest.raises(InputError, match=f"^{re.escape(str(path) + sentence)}"):
        read_votes(path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "not a table, expected the header Usage,Image name,neutral"),
        (b"\xff\xfe\x00\x9f" * 50, "not a table, expected the header"),
        (",".join(HEADER).encode(), "0 rows, expected 35887, one for each of fer2013.csv"),
        (b"emotion,pixels,Usage\n", "the first line is 'emotion,pixels,Usage', expected Usage,Image name"),
    ],
)
def test_another_file_is_told(tmp_path, content, sentence):
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        read_votes(tmp_path / FILE)


def test_a_missing_file_says_where_to_get_it(tmp_path, faces):
    with pytest.raises(
        InputError, match=r"ferplus/fer2013new\.csv: no such file, .*microsoft/FERPlus; see data/README"
    ):
        votes_of(faces([0]), tmp_path)


def test_other_rows_are_refused(put, tmp_path, faces, make_faces):
    put()
    with pytest.raises(
        InputError, match="row 5 is 'PublicTest', FER\\+ has it as 'Training'; the rows of this set are"
    ):
        votes_of(faces([5], split=["PublicTest"]), tmp_path)
    for other in (make_faces([0], name="synthetic"), faces([0], sample_id=["fer2013-train/angry/a.png"])):
        with pytest.raises(InputError, match="which these images do not have"):
            votes_of(other, tmp_path)
    assert len(votes_of(faces([5, 6], split=["train", "validation"]), tmp_path)) == 2  # the release train.csv


def test_labels_without_images_and_images_without_labels(put, tmp_path):
    with pytest.raises(InputError, match="fer2013new.csv: no such file"):
        load_dataset("ferplus", tmp_path)
    put()
    with pytest.raises(InputError, match=r"raw/fer2013/fer2013\.csv: no such file"):
        load_dataset("ferplus", tmp_path)


@pytest.fixture(scope="module")
def ferplus_data(real_data, fer2013_csv, tmp_path_factory):
    if not (real_data / FILE).is_file():
        pytest.skip(f"no {FILE}")
    data = tmp_path_factory.mktemp("ferplus")
    (data / "raw" / "ferplus").mkdir(parents=True)
    shutil.copy(real_data / FILE, data / "raw" / "ferplus" / FILE)
    (data / "raw" / "fer2013").symlink_to(fer2013_csv.parent, target_is_directory=True)
    return data


def test_real_votes(ferplus_data, fer2013):
    table = votes_of(fer2013, ferplus_data)
    total = table[list(VOTES)].sum(axis="columns")
    assert total.value_counts().to_dict() == {10: 35886, 9: 1} and total.idxmin() == 10435
    assert (int(table["unknown"].sum()), int(table["not_a_face"].sum())) == (4299, 176)
    named = table["majority"] != ""
    same = table["majority"][named].to_numpy() == np.array(fer2013.classes)[fer2013.labels[named]]
    assert 0.6 < same.mean() < 0.8  # rows that were shifted by one would agree in some 20 %
    chosen = np.random.default_rng(0).permutation(len(fer2013))[:500]
    assert votes_of(fer2013.subset(chosen), ferplus_data).equals(table.iloc[chosen].reset_index(drop=True))


def test_real_set(ferplus_data, fer2013):
    faces = load_dataset("ferplus", ferplus_data)
    assert faces.classes == CLASSES and faces.card["left_out"] == {"unknown": 4299, "not_a_face": 176}
    assert list(faces.card["class_counts"].values()) == [11012, 9045, 3960, 3749, 2660, 161, 677, 148]
    assert faces.samples["split"].value_counts().to_dict() == {
        "Training": 25060,
        "PublicTest": 3199,
        "PrivateTest": 3153,
    }
    rows = faces.samples["sample_id"].str.removeprefix("fer2013-").astype(int).to_numpy()
    assert np.array_equal(faces.rows, np.arange(31412)) and np.array_equal(faces.images, fer2013.images[rows])
    assert faces.samples["fer2013_class"].tolist() == np.array(fer2013.classes)[fer2013.labels[rows]].tolist()
    table = votes_of(faces, ferplus_data)  # by its own rows of FER-2013, not by its position
    assert table["majority"].tolist() == np.array(CLASSES)[faces.labels].tolist()
    assert np.array_equal(soft_labels(faces.samples), soft_labels(table))
    assert np.allclose(soft_labels(table).sum(axis=1), 1)


@given(st.lists(votes, min_size=1, max_size=5), st.booleans())
def test_soft_polarity_equals_its_slow_twin(rows, drop_single):
    soft = soft_polarity(pd.DataFrame(rows, columns=list(VOTES)), drop_single)
    assert soft.shape == (len(rows), 3) and soft.dtype == np.float32
    for found, row in zip(soft, rows, strict=True):
        slowly = dict.fromkeys(POLARITY, 0)
        for name, count in zip(CLASSES, row, strict=False):
            if POLARITY_OF[name] and not (drop_single and count == 1):
                slowly[POLARITY_OF[name]] += count
        total = sum(slowly.values())
        assert found == pytest.approx([slowly[name] / total if total else 0 for name in POLARITY], abs=1e-6)


@pytest.fixture
def small_ferplus(make_faces, tmp_path, monkeypatch):
    """A stored set named "ferplus" of 48 images, with votes for its class and some for the next one."""
    labels = np.arange(48) % 8
    count = np.zeros((48, 10), int)
    count[np.arange(48), labels] = 7
    count[np.arange(48), (labels + 1) % 8] = 3
    images = np.random.default_rng(0).integers(0, 256, (48, 48, 48), dtype=np.uint8)
    table = dict(zip(VOTES, count.T, strict=True))
    made = make_faces(labels, CLASSES, images=images, name="ferplus", **table)
    monkeypatch.setattr(DATASETS, "_builders", {**DATASETS._builders, "ferplus": lambda raw, *, release="auto": made})
    return tmp_path


def study_of(data, **changes):
    values = {"data_dir": str(data), "reports_dir": str(data / "reports"), "dataset": "ferplus", "folds": 2}
    few = {"variants": ["simple_cnn", "none"], "epochs": 1, "device": "cpu", "batch_size": 16}
    return guided_transformers.GuidedStudy.check({**values, **few, **changes})


def test_labels_are_trained_on_as_polarity(small_ferplus):
    """Notebook 03 takes the set: contempt is negative, surprise dropped, and the votes come along."""
    study = study_of(small_ferplus)
    faces = guided_transformers.prepare(study)
    assert faces.classes == POLARITY and "surprise" not in set(faces.samples["expression"])
    contempt = (faces.samples["expression"] == "contempt").to_numpy()
    assert contempt.sum() == 6 and set(faces.labels[contempt]) == {POLARITY.index("negative")}
    soft = soft_polarity(faces.samples)
    assert np.allclose(soft.sum(axis=1), 1) and soft[contempt] == pytest.approx(np.array([[0.3, 0, 0.7]] * 6))
    assert np.array_equal(soft.argmax(axis=1), faces.labels)
    planned = guided_transformers.experiments(study, faces)
    runs = guided_transformers.train(study, planned)
    for by_seed in runs.values():
        run = by_seed[2020]
        assert len(run.test) == len(faces) and {"p_0", "p_1", "p_2"} <= set(run.test.columns)


def test_real_labels_in_notebook_03(ferplus_data):
    study = study_of(ferplus_data, folds=5)
    faces = guided_transformers.prepare(study)
    named = faces.samples["expression"]
    assert len(faces) == 31412 - 3960 and int((named == "contempt").sum()) == 148
    assert np.bincount(faces.labels).tolist() == [11012, 9045, 3749 + 2660 + 161 + 677 + 148]
    planned = guided_transformers.experiments(study, faces)
    assert planned["none"][2020].images.shape == (27452, 48, 48)
    soft = soft_polarity(faces.samples)
    assert np.allclose(soft.sum(axis=1), 1) and (soft.argmax(axis=1) == faces.labels).mean() > 0.99
