"""Pictures, videos and the webcam for ``fer predict``; runs for ``fer export``."""

import cv2
import numpy as np
import torch
from torch import nn

import fer_lib.recognizer
from fer_lib.recognizer import camera, export
from fer_lib.recognizer.model import Member
from fer_lib.training import cross_validate

from ..recognizer.pretending import Pretender, write_picture
from . import case, fer
from .runs import QUICK, experiment


def predicting(name: str, *words: str):
    """A case in which ``fer predict`` gets these words, beside some pictures and what is none."""

    @case(name)
    def arrange(place):
        for file in ("me.png", "faces/1.png", "others/1.png", "mixed/1.png"):
            write_picture(place.root / file, 0)
        for file in ("holiday.mp4", "text.png", "mixed/2.png", "mixed/3.png"):
            place.write(file, "a text")
        (place.root / "nothing").mkdir()
        pretender = Pretender()
        pretender.load = lambda: pretender
        place.patch.setattr(fer_lib.recognizer, "Recognizer", lambda **given: pretender)
        closed = type("Camera", (), {"isOpened": lambda self: False, "release": lambda self: None})
        real = cv2.VideoCapture
        place.patch.setattr(cv2, "VideoCapture", lambda what: closed() if what == 0 else real(what))
        return lambda: fer("predict", *words)


predicting("predict-missing", "mee.png", "--csv", "t.csv")
predicting("predict-empty-folder", "nothing", "--csv", "t.csv")
predicting("predict-text-image", "text.png", "--csv", "t.csv", "--annotated", "out.png")
predicting("predict-text-video", "holiday.mp4", "--csv", "t.csv", "--annotated", "out.mp4")
predicting("predict-some", "mixed")
predicting("predict-no-folder", "me.png", "--csv", "results/t.csv")
predicting("predict-over-input", "faces", "--annotated", "faces")
predicting("predict-one-name", "faces", "others", "--annotated", "out")
predicting("predict-not-mp4", "holiday.mp4", "--annotated", "out.avi")
predicting("predict-every", "me.png", "--every", "5")
predicting("predict-webcam-beside", "webcam", "me.png")
predicting("predict-no-camera", "webcam")


@case("predict-no-window")
def _(place):
    here = np.zeros((48, 64, 3), np.uint8)
    shows = type("Camera", (), {"isOpened": lambda self: True, "read": lambda self: (True, here), "release": print})
    place.patch.setattr(cv2, "VideoCapture", lambda what: shows())
    place.patch.setattr(camera, "can_show", lambda: False)
    return lambda: camera.webcam(Pretender())


@case("export-packages")
def _(place):
    place.patch.setattr(export, "find_spec", lambda name: None)
    return lambda: fer("export", "runs/mine", "--out", "mine.onnx")


@case("export-suffix")
def _(place):
    place.patch.setattr(export, "find_spec", lambda name: name)
    return lambda: fer("export", "runs/mine", "--out", "mine.pt")


@case("export-several-folds")
def _(place):
    cross_validate([experiment()], QUICK, workers=1)
    place.patch.setattr(export, "find_spec", lambda name: name)
    return lambda: fer("export", "runs/mine", "--int8", "--out", "mine.onnx")


@case("export-differs")
def _(place):
    member = Member("runs/mine", [Flat()], ("a", "b"), 8, "grey")
    place.patch.setattr(export, "find_spec", lambda name: name)
    place.patch.setattr(export, "load_member", lambda run, fold: member)
    place.patch.setattr(export, "metadata", lambda member, run, fold: {})
    place.patch.setattr(export, "write_onnx", lambda member, path, facts: None)
    place.patch.setattr(export, "onnx_probabilities", lambda path, images: np.full((len(images), 2), (0.5, 0.52)))
    return lambda: fer("export", "runs/mine", "--out", "mine.onnx")


class Flat(nn.Module):
    """Says one half of everything."""

    def forward(self, images):
        return torch.zeros(len(images), 2)
