"""Guidance of a prepared set: drawn once for the whole of it, memory-mapped, looked up by row."""

import time
from pathlib import Path

import numpy as np

from ..artifacts import atomic_path, fingerprint, in_turn, is_complete, read_array, write_card
from ..datasets import FaceSet
from ..faces.find import find_landmarks
from ..faces.grey import to_grey
from ..faces.landmarks import Landmarks
from ..faces.prepared import Stored, stored_set
from ..progress import progress
from .registry import GUIDANCE, Kind
from .render import batches, checked_options, map_shape
from .scale import is_uniform
from .size import NETWORK_SIZE

#: Options that came later. Cards name them only where they are not at their default, so that maps stored before
#: stay valid.
ADDED_LATER = ("canvas", "invert")


def make_guidance(
    kind: str,
    faces: FaceSet,
    data_dir: str | Path = "data",
    *,
    landmarks: str = "dlib",
    landmark_options: dict | None = None,
    no_face_fill: str = "white",
    seed: int = 2020,
    canvas: str | int = "native",
    invert: bool = False,
    dilate_mode: str = "reference",
    size: int | None = None,
    **options,
) -> np.ndarray:
    """Guidance maps of a prepared set or of a subset of it.

    Stored as ``<data_dir>/guidance/<set>/<kind>.npy`` with a card beside it; other than default
    options get ``<kind>-<fingerprint>.npy``. A stored map is used again only while the prepared set,
    its landmarks and the options are the same. "none" is the image and is stored only where it is resized.
    "saliency_gradcam" differs by training fold and is read from where
    :func:`fer_lib.evaluation.explain.fold_cams.make_gradcam_maps` left it.

    Options that a kind does not take are left out: `no_face_fill`, `canvas` and `invert` matter to kinds drawn
    from landmarks, `seed` to random ones, `dilate_mode` to "dilated".

    Args:
        kind: see :func:`list_guidance`.
        faces: a set loaded with ``load_dataset``.
        data_dir: the folder with ``prepared/`` and ``guidance/``.
        landmarks: "dlib", or "dataset" for landmarks the data set brings itself.
        landmark_options: see :class:`~fer_lib.faces.options.DetectorOptions`.
        no_face_fill: what a mask is where no face was found: "white" (published), "black",
            "fitted" (drawn from landmarks fitted into the whole image; white where there are none), or
            "drop": white in the array, and the caller leaves out the images that
            :func:`has_face` marks False. The number of such images is printed.
        seed: of the random kinds ("shuffled", "noise").
        canvas: where landmark masks are drawn: "native", at the images' own size, or 48, at 48 × 48
            from scaled points; see :func:`~fer_lib.guidance.binary.draw_sized`. The same for 48 px images.
        invert: exchanges black and white of the drawn masks, not of `no_face_fill`.
        dilate_mode: "reference" or "centered", see :func:`~fer_lib.guidance.dilated.dilate`.
        size: side of the maps in pixels; None means the images' own height and width.
            :func:`network_inputs` asks for 48. Products of image and mask are made at this size.
        options: further options of this kind (``sigma``).

    Returns:
        uint8 (len(faces), H, W) or (len(faces), size, size); read-only and memory-mapped when `faces` is
        the whole set.

    Raises:
        InputError: unknown kind or option, no landmarks to be had, or a set that was never stored.
    """
    chosen = GUIDANCE[kind]
    common = {"no_face_fill": no_face_fill, "seed": seed, "canvas": canvas, "invert": invert}
    settings = checked_options(chosen, size, options, **common, dilate_mode=dilate_mode)
    shape = map_shape(faces.images, size)
    if chosen.read is not None:
        return chosen.read(faces, Path(data_dir) / "guidance" / faces.name, shape, **settings)
    if kind == "none" and shape == faces.images.shape[1:3]:
        return to_grey(faces.images)
    if "canvas" in settings and faces.images.shape[1:3] == (NETWORK_SIZE, NETWORK_SIZE):
        settings["canvas"] = "native"  # the same canvas: no second file
    stored = stored_set(faces)
    found = None
    if chosen.landmarks:
        found = find_landmarks(stored.faces, data_dir, landmarks, **(landmark_options or {}))
        if no_face_fill == "drop":
            _tell_dropped(kind, faces, found.has_face[faces.rows])
            if chosen.donors is None:  # the same maps as with white: no second file
                settings["no_face_fill"] = "white"
    path = _stored_or_drawn(chosen, stored, Path(data_dir) / "guidance" / faces.name, settings, found, shape)
    maps = read_array(path)
    return maps if stored.covers(faces) else maps[faces.rows]


def has_face(
    faces: FaceSet, data_dir: str | Path = "data", *, landmarks: str = "dlib", landmark_options: dict | None = None
) -> np.ndarray:
    """bool (len(faces),): where landmarks were found. ``faces.subset(has_face(faces))`` drops the rest."""
    return np.array(find_landmarks(faces, data_dir, landmarks, **(landmark_options or {})).has_face)


def _stored_or_drawn(
    kind: Kind, stored: Stored, folder: Path, settings: dict, found: Landmarks | None, shape: tuple[int, int]
) -> Path:
    decides = {key: value for key, value in settings.items() if key not in ADDED_LATER or value != kind.options[key]}
    standard = settings == kind.options and (found is None or found.card["standard"])
    if shape != stored.faces.images.shape[1:3]:
        decides["shape"], standard = shape, False
    if found is not None:
        decides["landmarks"] = found.card["options"]
    stem = kind.name if standard else f"{kind.name}-{fingerprint(decides)}"
    path, card_name = folder / f"{stem}.npy", f"{stem}.card.json"
    parameters = {"guidance": kind.name, **decides, "prepared": stored.identity}
    if found is not None:
        parameters["landmarks_identity"] = found.card["identity"]
    if kind.source is not None:
        parameters |= kind.source(**settings)
    with in_turn(path):
        if not (is_complete(folder, parameters, card_name) and path.exists()):
            # An outdated card must not vouch for the file that is about to be replaced.
            (folder / card_name).unlink(missing_ok=True)
            _draw(kind, stored, path, card_name, parameters, settings, found, shape)
    return path


def _draw(
    kind: Kind,
    stored: Stored,
    path: Path,
    card_name: str,
    parameters: dict,
    settings: dict,
    found: Landmarks | None,
    shape: tuple[int, int],
) -> None:
    images = stored.faces.images
    start, uniform = time.perf_counter(), 0
    label = f"{kind.name} guidance of {stored.faces.name}"
    with atomic_path(path) as temporary, progress(total=len(images), label=label, unit="image") as bar:
        maps = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.uint8, shape=(len(images), *shape))
        for rows, batch in batches(kind, images, _points(found, settings), settings, shape):
            maps[rows] = batch
            uniform += int(is_uniform(batch).sum())
            bar.update(len(batch))
        maps.flush()
        del maps
    counts = {"images": len(images), "uniform_maps": uniform}
    if found is not None:
        counts["without_face"] = int((~found.has_face).sum())
    write_card(
        path.parent,
        "guidance",
        parameters,
        name=card_name,
        **counts,
        wall_seconds=round(time.perf_counter() - start, 2),
    )
    print(f"{label}: {_sentence(counts, settings)}")


def _points(found: Landmarks | None, settings: dict) -> np.ndarray | None:
    """What masks are drawn from: landmarks of found faces; of all images, if so asked."""
    if found is None:
        return None
    return found.points if settings["no_face_fill"] == "fitted" else found.found_points


def _sentence(counts: dict, settings: dict) -> str:
    parts = [f"{counts['images']:,} maps"]
    if counts.get("without_face"):
        parts.append(f"{counts['without_face']:,} images without a face ({settings['no_face_fill']})")
    if counts["uniform_maps"]:
        parts.append(f"{counts['uniform_maps']:,} uniform maps")
    return ", ".join(parts)


def _tell_dropped(kind: str, faces: FaceSet, found: np.ndarray) -> None:
    print(
        f"{kind} guidance of {faces.name}: {int((~found).sum()):,} of {len(faces):,} images have no face; "
        "drop them with faces.subset(has_face(faces, …))"
    )
