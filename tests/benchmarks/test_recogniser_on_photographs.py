"""The benchmark of the recogniser: what it counts, on a recogniser that answers as it is told."""

import cv2
import numpy as np
import pytest

from fer_lib.errors import InputError


class Told:
    """Answers by the grey level: 200 smiles, 50 does not, 90 has a second face, 10 is taken wrongly."""

    classes = ("happy", "neutral", "sad")

    def __init__(self, model, detector):
        self.model, self.detector = model, detector

    def load(self):
        return self

    def detect_faces(self, frame):
        box = {"xmin": 2, "ymin": 2, "xmax": 12, "ymax": 12}
        return [box, {**box, "xmax": 8}] if frame.max() == 90 else [box]

    def detect_emotion_for_single_face_image(self, face):
        happy = 0.7 if face.max() in (200, 10) else 0.2
        values = [{"happy": happy}, {"neutral": 0.9 - happy}, {"sad": 0.1}]
        return max(("happy", happy), ("neutral", 0.9 - happy), key=lambda v: v[1])[0], happy, values

    def detect_emotion_for_frames(self, frames):
        return [
            [
                {**box, **dict(zip(("emo_label", "emo_proba", "proba_list"), self._answer(frame), strict=True))}
                for box in self.detect_faces(frame)
            ]
            for frame in frames
        ]

    def _answer(self, frame):
        return self.detect_emotion_for_single_face_image(frame)


def test_counts_photographs_people_and_faces(tmp_path, monkeypatch, the_report):
    import recogniser_on_photographs as script

    monkeypatch.setattr(script, "Recognizer", Told)
    levels = {
        "a_happiness": 200,
        "a_neutral": 50,
        "b_happiness": 200,
        "b_neutral": 10,
        "c_happiness": 200,
        "c_neutral": 90,
    }
    for name, level in levels.items():
        cv2.imwrite(str(tmp_path / f"{name}.jpg"), np.full((16, 16), level, np.uint8))
    script.main([str(tmp_path), "--model", "a/run", "--out", str(tmp_path / "out")])
    said = the_report()
    assert "6 photographs of 3 people; exactly one face found on 5 (detector dlib)" in said
    assert "83.3 % of the photographs right (0 smiling and 1 neutral ones wrong)" in said
    assert "both photographs right for 66.7 % of the people [20.8, 93.9]" in said  # Wilson, 2 of 3
    # of b both have the same odds, which is not right
    assert "two photographs of a person: 66.7 % of 3 people right [20.8, 93.9]" in said
    assert "Right among all 3 classes: 83.3 %" in said and "`run`" in said


def test_a_folder_without_the_set_is_told(tmp_path):
    import recogniser_on_photographs as script

    with pytest.raises(InputError, match="no <subject>_neutral.jpg"):
        script.photographs(tmp_path)
