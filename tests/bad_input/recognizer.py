"""Faces in one's own pictures."""

import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from fer_lib.artifacts import write_card
from fer_lib.faces.detector import load_models
from fer_lib.recognizer import Recognizer, read_frame
from fer_lib.training import cross_validate

from . import case
from .runs import QUICK, experiment

FRAME = np.zeros((60, 60, 3), np.uint8)


@case("recognizer-no-demo")
def _(place):
    return lambda: Recognizer().detect_emotion_for_single_face_image(FRAME)


@case("recognizer-no-run")
def _(place):
    return lambda: Recognizer(model="runs/mine").load()


@case("recognizer-guided")
def _(place):
    guided = experiment(guidance=np.zeros((24, 48, 48), np.uint8), identity={"variant": "soft"}, model="guided_stn")
    cross_validate([guided], QUICK, workers=1)
    return lambda: Recognizer(model="runs/mine").load()


@case("recognizer-given-masks")
def _(place):
    parameters = {"model": "fmpn_slim", "classes": ["happy", "sad"], "model_options": {"masks": "given"}}
    write_card(Path("runs/mine"), "run", parameters, weights={"fold0.safetensors": "0" * 64})
    return lambda: Recognizer(model="runs/mine").load()


@case("recognizer-aligned")
def _(place):
    aligned = {"points": "eyes", "landmarks": "dlib", "frame": 48}
    cross_validate([experiment(identity={"alignment": aligned})], QUICK, workers=1)
    place.patch.setitem(sys.modules, "dlib", None)
    load_models.cache_clear()
    return lambda: Recognizer(face_detector=False, model="runs/mine").load()


@case("recognizer-classes")
def _(place):
    others = experiment("runs/yours", classes=("neutral", "happy", "sad"))
    cross_validate([experiment(), others], QUICK, workers=1)
    return lambda: Recognizer(model=["runs/mine", "runs/yours"]).load()


@case("recognizer-no-checkpoint")
def _(place):
    place.write("me.jpg", b"not weights")
    return lambda: Recognizer(model="me.jpg").load()


@case("recognizer-no-detector")
def _(place):
    return lambda: Recognizer(face_detector=False).detect_faces(FRAME)


@case("recognizer-detector")
def _(place):
    return lambda: Recognizer(detector="yolo")


@case("recognizer-yunet")
def _(place):
    return lambda: Recognizer(detector="yunet")


@case("recognizer-frame-none")
def _(place):
    return lambda: Recognizer().detect_faces(None)


@case("recognizer-frame-float")
def _(place):
    return lambda: Recognizer().detect_faces(FRAME / 255)


@case("recognizer-image-cut-off")
def _(place):
    whole = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(whole, "jpeg")
    place.write("me.jpg", whole.getvalue()[:1000])
    return lambda: read_frame("me.jpg")


@case("recognizer-image-large")
def _(place):
    Image.new("1", (19_000, 19_000)).save("me.png")
    return lambda: read_frame("me.png")
