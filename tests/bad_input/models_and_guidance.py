"""Landmark models, weights, detectors and guidance."""

import importlib.util
import sys

import numpy as np
import torch

from fer_lib.faces import detect_landmarks, find_landmarks, landmark_model_path
from fer_lib.faces.detector import load_models
from fer_lib.faces.mtcnn import load_mtcnn
from fer_lib.guidance import make_guidance, render_guidance
from fer_lib.models import create_model
from fer_lib.training.checkpoints import load_weights, read_weights, save_weights

from ..models.on_meta import on_meta
from . import case, faces_of

PICTURE = np.zeros((2, 48, 48), np.uint8)


@case("landmark-model-variable")
def _(place):
    place.patch.setenv("FER_LANDMARK_MODEL", "models/mine.dat")
    return landmark_model_path


@case("landmark-model-nowhere")
def _(place):
    place.patch.delenv("FER_LANDMARK_MODEL", raising=False)
    place.patch.setattr(importlib.util, "find_spec", lambda name: None)
    return landmark_model_path


@case("landmark-model-damaged")
def _(place):
    place.patch.setenv("FER_LANDMARK_MODEL", str(place.write("models/mine.dat", b"no trees here")))
    load_models.cache_clear()
    return lambda: detect_landmarks(PICTURE)


@case("dlib-missing")
def _(place):
    place.patch.setitem(sys.modules, "dlib", None)
    load_models.cache_clear()
    return lambda: detect_landmarks(PICTURE)


@case("landmark-source")
def _(place):
    faces = place.synthetic()
    return lambda: find_landmarks(faces, source="dllib")


@case("landmarks-not-brought")
def _(place):
    faces = place.stored(faces_of([0, 1]))
    return lambda: find_landmarks(faces, source="dataset")


@case("detector-option")
def _(place):
    return lambda: detect_landmarks(PICTURE, treshold=0)


@case("detector-option-range")
def _(place):
    return lambda: detect_landmarks(PICTURE, upscale=0)


@case("detector-face-choice")
def _(place):
    return lambda: detect_landmarks(PICTURE, face_choice="first")


@case("weights-missing")
def _(place):
    return lambda: read_weights("weights/fold0.safetensors")


@case("weights-damaged")
def _(place):
    place.write("weights/fold0.safetensors", b"half a file")
    return lambda: read_weights("weights/fold0.safetensors")


@case("weights-code")
def _(place):
    torch.save(create_model("simple_cnn", num_classes=3), place.root / "whole.pt")
    return lambda: read_weights("whole.pt")


@case("weights-other-model")
def _(place):
    save_weights("simple.safetensors", create_model("simple_cnn", num_classes=7))
    return lambda: load_weights(create_model("simple_cnn", num_classes=3), "simple.safetensors")


@case("model-unknown")
def _(place):
    return lambda: create_model("guided_snt", num_classes=3)


@case("model-classes")
def _(place):
    return lambda: create_model("simple_cnn", num_classes=1)


@case("model-option")
def _(place):
    return lambda: create_model("deep_emotion", num_classes=7, wrap="input")


@case("model-warp")
def _(place):
    return lambda: create_model("deep_emotion", num_classes=7, warp="feature")


@case("fmpn-classifier")
def _(place):
    return lambda: create_model("fmpn", num_classes=7, classifier="simple_cnn", image_size=48)


@case("fmpn-legacy")
def _(place):
    return lambda: create_model("fmpn", num_classes=7, classifier="resnet18", normalize="legacy")


@case("fmpn-mask")
def _(place):
    model = create_model("fmpn_slim", num_classes=7, masks="given")
    return lambda: model(torch.zeros(1, 1, 48, 48))


@case("feratt-image-size")
def _(place):
    model = create_model("feratt_slim", num_classes=7, image_size=None)
    return lambda: model(torch.zeros(1, 1, 48, 48))


@case("feratt-mode")
def _(place):
    return lambda: create_model("feratt_slim", num_classes=7, mode="rep")


@case("feratt-sigmoid")
def _(place):
    return lambda: create_model("feratt_slim", num_classes=7, out_act="sigmoid")


@case("feratt-start")
def _(place):
    return lambda: create_model("feratt_slim", num_classes=7, start="gated")


@case("feratt-gate")
def _(place):
    return lambda: on_meta("feratt_2019", 7, start="gate")


@case("model-dropout")
def _(place):
    return lambda: create_model("deep_emotion", num_classes=7, dropout=1)


@case("guidance-kind")
def _(place):
    faces = place.synthetic()
    return lambda: make_guidance("sof", faces)


@case("guidance-option")
def _(place):
    faces = place.synthetic()
    return lambda: make_guidance("dilated", faces, dilate_mod="centered")


@case("guidance-dilate-mode")
def _(place):
    faces = place.synthetic()
    return lambda: make_guidance("dilated", faces, landmarks="dataset", dilate_mode="round")


@case("guidance-no-face-fill")
def _(place):
    faces = place.synthetic()
    return lambda: make_guidance("soft", faces, no_face_fill="wite")


@case("guidance-no-landmarks")
def _(place):
    return lambda: render_guidance("soft", PICTURE)


@case("guidance-one-image")
def _(place):
    return lambda: render_guidance("shuffled", PICTURE[:1], np.zeros((1, 68, 2)))


@case("mtcnn-missing")
def _(place):
    place.patch.setitem(sys.modules, "facenet_pytorch", None)
    load_mtcnn.cache_clear()
    return lambda: detect_landmarks(PICTURE, detectors=["mtcnn"])


@case("detectors-unknown")
def _(place):
    return lambda: detect_landmarks(PICTURE, detectors=["hog", "mtcn"])


@case("detectors-text")
def _(place):
    return lambda: detect_landmarks(PICTURE, detectors="hog")


@case("detectors-twice")
def _(place):
    return lambda: detect_landmarks(PICTURE, detectors=["hog", "hog"])


@case("detectors-order")
def _(place):
    return lambda: detect_landmarks(PICTURE, detectors=["whole_image", "mtcnn"])


@case("landmarks-brought-options")
def _(place):
    faces = place.synthetic()
    return lambda: find_landmarks(faces, source="dataset", face_choice="best")


@case("guidance-canvas")
def _(place):
    faces = place.synthetic()
    return lambda: make_guidance("soft", faces, canvas="small")


@case("guidance-size")
def _(place):
    faces = place.synthetic()
    return lambda: make_guidance("soft", faces, size="48")
