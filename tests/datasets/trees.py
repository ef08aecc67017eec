"""Generated trees of image files, in the layouts of the real sets."""

from pathlib import Path

import numpy as np
from PIL import Image

from .test_fingerprints import pictures

EXPRESSIONS = ("anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise")


def put(root: Path, paths: list[str], size: int = 48, seed: int = 0) -> None:
    """A different picture at every path."""
    for path, image in zip(paths, pictures(len(paths), seed, size), strict=True):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(root / path)


def sequence_names(subjects: int, last: int = 12, frames: int = 3) -> dict[str, list[str]]:
    """Frame names by sequence: every subject shows all seven expressions, number 1 anger … 7 surprise."""
    ids = [f"S{subject:03d}_{number:03d}" for subject in range(1, subjects + 1) for number in range(1, 8)]
    return {id_: [f"{id_}_{frame:08d}" for frame in range(last - frames + 1, last + 1)] for id_ in ids}


def cut_tree(root: Path, subjects: int = 6) -> dict[str, list[str]]:
    """``CK+48/<class>/*.png`` below `root`."""
    named = sequence_names(subjects)
    paths = [f"CK+48/{EXPRESSIONS[int(id_[-1]) - 1]}/{name}.png" for id_ in named for name in named[id_]]
    put(root, paths)
    return named


def original_tree(root: Path, subjects: int = 6, frames: int = 5) -> dict[str, list[str]]:
    """Frames of 64 × 40 pixels and emotion files; the last sequence has no emotion."""
    named = sequence_names(subjects, last=frames, frames=frames)
    for k, (id_, names) in enumerate(named.items()):
        folder = f"{id_[:4]}/{id_[5:]}"
        for name, image in zip(names, pictures(frames, seed=k, size=64)[:, :40], strict=True):
            path = root / "cohn-kanade-images" / folder / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.ascontiguousarray(image)).save(path)
        emotion = root / "Emotion" / folder / f"{names[-1]}_emotion.txt"
        emotion.parent.mkdir(parents=True)
        if k < len(named) - 1:
            emotion.write_text(f"   {int(id_[-1])}.0000000e+00\n")
    return named


def fmpn_lists(root: Path, named: dict[str, list[str]], folds: int = 10, folder: str = "CKPlus") -> None:
    """Ten lists, subjects dealt by number."""
    (root / folder).mkdir(parents=True, exist_ok=True)
    for fold in range(folds):
        lines = [f"{name}.png\n" for id_ in named for name in named[id_] if int(id_[1:4]) % folds == fold]
        (root / folder / f"test_ids_{fold}.csv").write_text("".join(lines))


def mmi_tree(root: Path, subjects: int = 20) -> dict[str, list[str]]:
    """Three frames of each person in each of six expressions, number 1 anger … 6 surprise, with lists and labels."""
    ids = [f"S{subject:03d}_{number:03d}" for subject in range(1, subjects + 1) for number in range(1, 7)]
    named = {id_: [f"{id_}_{frame:03d}" for frame in (40, 41, 42)] for id_ in ids}
    put(root, [f"MMI/imgs/{name}.png" for id_ in ids for name in named[id_]], size=24)
    fmpn_lists(root, named, folder="MMI")
    rows = "".join(f"{id_},{int(id_[-1]) - 1}\n" for id_ in ids)
    (root / "MMI" / "emotion_labels.csv").write_text(f"sequence,emotion\n{rows}")
    return named


def bu3dfe_tree(root: Path, people: list[str]) -> list[str]:
    """A neutral face and six expressions at four intensities of every person, in name order."""
    shown = [f"{code}0{k}" for code in ("AN", "DI", "FE", "HA", "NE", "SA", "SU") for k in range(5)]
    kept = [what for what in shown if (what[:2] == "NE") == (what[2:] == "00")]
    names = [f"{person}_{what}{'WH' if person[-1] in '13579' else 'AE'}_F2D" for person in people for what in kept]
    put(root, [f"{name[:5]}/{name}.bmp" for name in names], size=24)
    return names


def london_names(people: int) -> list[str]:
    """Sample ids in the order of the prepared set."""
    return [f"{k:03d}_{shown}" for k in range(1, people + 1) for shown in ("happiness", "neutral")]


def london_tree(root: Path, people: int = 6, size: int = 50) -> list[str]:
    """``001_neutral.jpg`` and ``001_happiness.jpg`` of every person, in the order of the prepared set."""
    names = london_names(people)
    put(root, [f"images/{name}.jpg" for name in names], size=size)
    return names


def london_original(root: Path, people: int = 6) -> None:
    """The publisher's folders, in colour, with what else lies in them: other views, templates of landmarks."""
    views = {"neutral_front": "03", "smiling_front": "08", "neutral_left_profile": "01", "smiling_right_3quarter": "09"}
    for shade, (folder, number) in enumerate(views.items()):
        for k in range(1, people + 1):
            path = root / folder / f"{k:03d}_{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (50, 50), (40 * shade + 20, 3 * k, 200)).save(path, quality=95)
            path.with_suffix(".tem").write_text("189\n")


def kdef_tree(root: Path, people: list[str], angles: tuple[str, ...] = ("HL", "S")) -> list[str]:
    """Both sessions of every person in seven expressions, in name order."""
    codes = ("AF", "AN", "DI", "HA", "NE", "SA", "SU")
    names = [f"{s}{person}{code}{angle}" for s in "AB" for person in people for code in codes for angle in angles]
    put(root, [f"{name[:4]}/{name}.JPG" for name in names], size=24)
    return names
