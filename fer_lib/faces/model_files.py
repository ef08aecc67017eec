"""Where the 68-point landmark model lies. The package ships no weights of its own."""

import importlib.util
import os
from pathlib import Path

from ..errors import InputError, require

MODEL_NAME = "shape_predictor_68_face_landmarks.dat"
MODEL_VARIABLE = "FER_LANDMARK_MODEL"
_CARRIER = "face_recognition_models"


def landmark_model_path() -> Path:
    """Path of dlib's 68-point shape predictor (100 MB; trained on iBUG 300-W: research use only).

    ``FER_LANDMARK_MODEL`` names the file; without it the file of the installed package
    ``face-recognition-models`` is taken. That package is looked up, never imported: its import
    needs ``pkg_resources``, which current setuptools no longer ship.

    Raises:
        InputError: the variable points to nothing, or the model is installed nowhere.
    """
    if named := os.environ.get(MODEL_VARIABLE):
        path = Path(named)
        require(path.is_file(), f"{MODEL_VARIABLE}={named}: no such file, expected dlib's {MODEL_NAME}")
        return path
    spec = importlib.util.find_spec(_CARRIER)
    folders = list(spec.submodule_search_locations or []) if spec else []
    for folder in folders:
        path = Path(folder) / "models" / MODEL_NAME
        if path.is_file():
            return path
    looked = f"not in {folders[0]}/models" if folders else "package face-recognition-models is not installed"
    raise InputError(
        f"{MODEL_NAME}: landmark model not found ({looked}); "
        f"run `pip install face-recognition-models`, or set {MODEL_VARIABLE} to the file"
    )
