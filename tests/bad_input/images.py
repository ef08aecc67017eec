"""Images, tables and folders of data sets; label spaces and folds."""

from dataclasses import replace

import numpy as np

from fer_lib.datasets import load_dataset
from fer_lib.datasets.folds import inner_validation, make_folds
from fer_lib.datasets.labels import label_space
from fer_lib.faces import find_landmarks
from fer_lib.guidance import make_guidance
from fer_lib.studies.guided_transformers import GuidedStudy, prepare

from . import case, faces_of


@case("images-dtype")
def _(place):
    return lambda: faces_of([0, 1], images=np.zeros((2, 48, 48), np.float32))


@case("images-flat")
def _(place):
    return lambda: faces_of([0, 1], images=np.zeros((2, 2304), np.uint8))


@case("samples-column")
def _(place):
    faces = faces_of([0, 1])
    return lambda: replace(faces, samples=faces.samples.drop(columns="subject"))


@case("samples-rows")
def _(place):
    faces = faces_of([0, 1])
    return lambda: replace(faces, samples=faces.samples[:1])


@case("samples-id-twice")
def _(place):
    return lambda: faces_of([0, 1], sample_id="same")


@case("samples-label")
def _(place):
    return lambda: faces_of([0, 3])


@case("images-size")
def _(place):
    study = GuidedStudy.check({"dataset_options": {"images": 40, "subjects": 5, "size": 64}, "label_space": "polarity"})
    load_dataset("synthetic", **study.dataset_options)
    return lambda: prepare(study)


@case("prepared-no-card")
def _(place):
    faces = place.synthetic()
    (faces.folder / "card.json").unlink()
    return lambda: find_landmarks(faces)


@case("prepared-card-damaged")
def _(place):
    faces = place.synthetic()
    (faces.folder / "card.json").write_text('{"kind": "prep')
    return lambda: place.synthetic()


@case("prepared-anew")
def _(place):
    faces = place.stored(faces_of([0, 1, 2]))
    place.stored(faces_of([0, 1]))
    return lambda: find_landmarks(faces)


@case("set-never-stored")
def _(place):
    return lambda: make_guidance("soft", faces_of([0, 1]))


@case("folds-unknown-scheme")
def _(place):
    return lambda: make_folds("publshed", faces_of([0, 1] * 5))


@case("folds-one")
def _(place):
    return lambda: make_folds("published", faces_of([0, 1] * 5), n_folds=1)


@case("folds-too-many")
def _(place):
    return lambda: make_folds("published", faces_of([0, 1, 0, 1, 1]), n_folds=5)


@case("folds-groups")
def _(place):
    people = ["anna", "anna", "anna", "berta", "berta", "clara"] * 2
    return lambda: make_folds("subject", faces_of([0, 1] * 6, subject=people), n_folds=4)


@case("folds-subjects-number")
def _(place):
    return lambda: make_folds("leave_one_subject_out", faces_of([0, 1] * 5, subject=["anna", "berta"] * 5))


@case("folds-one-subject")
def _(place):
    return lambda: make_folds("leave_one_subject_out", faces_of([0, 1], subject="anna"), n_folds=2)


@case("folds-no-subjects")
def _(place):
    return lambda: make_folds("subject", faces_of([0, 1] * 5, subject=["anna", ""] * 5))


@case("folds-one-group")
def _(place):
    labels, everything = np.array([0, 1, 0, 1]), np.arange(4)
    return lambda: inner_validation(labels, np.zeros(4), everything)


@case("label-space")
def _(place):
    return lambda: label_space("polarty")


@case("label-no-polarity")
def _(place):
    return lambda: label_space("polarity")(faces_of([0, 1], classes=("neutral", "pensive")))


@case("data-set-unknown")
def _(place):
    return lambda: load_dataset("fer2031")


@case("data-set-option")
def _(place):
    return lambda: load_dataset("synthetic", image=420)


@case("data-set-option-range")
def _(place):
    return lambda: load_dataset("synthetic", images=10)


@case("data-set-option-subjects")
def _(place):
    return lambda: load_dataset("synthetic", images=40, subjects=30)


@case("data-set-option-style")
def _(place):
    return lambda: load_dataset("synthetic", style="studoi")


@case("folds-official-none")
def _(place):
    return lambda: make_folds("official", faces_of([0, 1] * 5))


@case("folds-official-part")
def _(place):
    return lambda: make_folds("official", faces_of([0, 1], split=["train", "tset"]))


@case("folds-sequence-none")
def _(place):
    return lambda: make_folds("sequence", faces_of([0, 1] * 5))
