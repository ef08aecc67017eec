"""What networks see of a face: the crop, or the face brought to where it lies in their training images."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..datasets.image_files import CHANNELS
from ..faces import POINTS, five_points
from ..faces.detector import fit_landmarks
from ..faces.hulls import upright_matrices
from ..faces.options import SMALL
from ..faces.similarity import aligned, similarity, template, whole
from ..faces.squares import scene_matrices
from .detectors import UP

#: How far beyond dlib's box an aligned face may reach, in sides of it. The template is about as large as the box, so
#: half a side holds it at any turn.
AROUND = 0.5


@dataclass(frozen=True)
class Square:
    """How :func:`~fer_lib.faces.squares.face_squares` brings faces into the middle of their pictures.

    Attributes:
        side: share of the picture's width that the face's square takes.
        upright: whether that is the square around the landmarks; else the crop, resized to a square.
    """

    side: float
    upright: bool


#: Pixels on a side; "grey" or "rgb"; the points that are aligned, the square that the face is brought into, or None.
View = tuple[int, str, str | Square | None]


@dataclass(frozen=True, eq=False)
class Face:
    """A face in a picture. Its landmarks are fitted when a view first needs them, once for all views.

    Attributes:
        picture: uint8 (H, W, 3) BGR or (H, W) grey.
        crop: xmin, ymin, xmax, ymax in whole pixels of the picture, the last two the first outside.
        box: x0, y0, x1, y1, the corner pixels of the box that landmarks are fitted in; may reach beyond the picture.
    """

    picture: np.ndarray
    crop: tuple[int, int, int, int]
    box: tuple[float, float, float, float]

    @classmethod
    def found(cls, picture: np.ndarray, crop: tuple[int, int, int, int], box: Sequence[float]) -> "Face":
        """A face that a detector found in the box xmin, ymin, xmax, ymax.

        Landmarks are fitted in dlib's own box, which :func:`~fer_lib.recognizer.detectors.dlib_detector` had moved up.
        Boxes of other detectors are moved alike: on 67 photographs of the London set, eyes fitted in those of OpenCV's
        cascade lie 0.7 % (median; 95th percentile 1.3 %) of the eyes' distance from those fitted in dlib's.
        """
        xmin, ymin, xmax, ymax = box
        side = ((xmax - xmin) + (ymax - ymin)) / 2
        left, top = (xmin + xmax - side) / 2, (ymin + ymax - side) / 2 + UP * side
        return cls(picture, crop, (left, top, left + side - 1, top + side - 1))

    @classmethod
    def whole(cls, picture: np.ndarray) -> "Face":
        """A picture that shows a face and little else: landmarks are fitted in the whole of it."""
        height, width = picture.shape[:2]
        return cls(picture, (0, 0, width, height), (0, 0, width - 1, height - 1))

    def seen(self, size: int, channels: str, how: str | Square | None) -> np.ndarray:
        """uint8 (size, size[, 3]): the face as :data:`View` says.

        Where the points that are aligned coincide, as in pictures of a few pixels, the crop is resized whole, as
        training images without landmarks are, or is what lies in the square.
        """
        if isinstance(how, Square):
            return self._in_square(size, how)
        if how is not None:
            target = template(how, size)
            matrices = similarity(five_points(self._points)[:, : len(target)], target)
            if np.isfinite(matrices).all():
                return aligned(self._scene[0][None], matrices, size)[0]
        xmin, ymin, xmax, ymax = self.crop
        return face_images([self.picture[ymin:ymax, xmin:xmax]], size, channels)[0]

    def _in_square(self, size: int, how: Square) -> np.ndarray:
        """uint8 (size, size) grey, drawn from as much of the picture as it shows."""
        xmin, ymin, xmax, ymax = self.crop
        crop = _from(whole(ymax - ymin, xmax - xmin, size), xmin, ymin)
        matrix = _from(upright_matrices(self._points, size)[0], *self._scene[1]) if how.upright else crop
        matrix = scene_matrices(matrix if np.isfinite(matrix).all() else crop, size, how.side)
        corners = np.array([(-1, -1), (size, -1), (-1, size), (size, size)]) - matrix[:, 2]
        corners = np.linalg.solve(matrix[:, :2], corners.T)  # in the picture
        last = np.array(self.picture.shape[1::-1]) - 1
        left, top = np.clip(np.floor(corners.min(1)), 0, last).astype(int)
        right, bottom = np.clip(np.ceil(corners.max(1)), 0, last).astype(int)
        part = np.asarray(_picture(self.picture[top : bottom + 1, left : right + 1]).convert("L"))
        return aligned(part[None], _from(matrix, -left, -top)[None], size)[0]

    @cached_property
    def _scene(self) -> tuple[np.ndarray, tuple[int, int]]:
        """uint8 (h, w) grey, the part of the picture that an aligned face is drawn from; x and y of its first pixel."""
        x0, y0, x1, y1 = self.box
        around = AROUND * (max(x1 - x0, y1 - y0) + 1)
        left, top = max(0, int(x0 - around)), max(0, int(y0 - around))
        part = self.picture[top : int(y1 + around) + 1, left : int(x1 + around) + 1]
        return np.asarray(_picture(part).convert("L")), (left, top)

    @cached_property
    def _points(self) -> np.ndarray:
        """(1, 68, 2) in pixels of the scene, which is enlarged for the fit where training images are."""
        scene, corner = self._scene
        box = np.asarray(self.box, float) - np.tile(corner, 2)
        upscale = 2 if (box[2:] - box[:2]).min() + 1 < SMALL else 1
        return fit_landmarks(scene, box, upscale).reshape(1, POINTS, 2)


def _from(matrix: np.ndarray, x: int, y: int) -> np.ndarray:
    """A matrix (2, 3) for pixels of a part, for those of the picture in which its first pixel lies at x, y."""
    moved = matrix.copy()
    moved[:, 2] -= matrix[:, :2] @ (x, y)
    return moved


def face_images(faces: Sequence[np.ndarray], size: int, channels: str = "grey") -> np.ndarray:
    """Faces as the networks' training images were made: grey by ITU-R 601, then resized bilinearly, averaged where
    they shrink.

    Args:
        faces: N uint8 arrays (H, W, 3) BGR or (H, W) grey.
        channels: "grey" or "rgb".

    Returns:
        uint8 (N, size, size) or (N, size, size, 3).
    """
    from PIL import Image

    images = np.empty((len(faces), size, size) if channels == "grey" else (len(faces), size, size, 3), np.uint8)
    for image, face in zip(images, faces, strict=True):
        image[...] = _picture(face).convert(CHANNELS[channels]).resize((size, size), Image.Resampling.BILINEAR)
    return images


def _picture(face: np.ndarray):
    """A Pillow image of a BGR or grey array."""
    from PIL import Image

    return Image.fromarray(np.ascontiguousarray(face if face.ndim == 2 else face[..., ::-1]))
