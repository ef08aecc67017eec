"""What networks see of a face: the crop, or the face brought into the template of their training images."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..datasets.image_files import CHANNELS
from ..faces import POINTS, five_points
from ..faces.detector import fit_landmarks
from ..faces.options import SMALL
from ..faces.similarity import aligned, similarity, template
from .detectors import UP

#: How far beyond dlib's box an aligned face may reach, in sides of it. The template is about as large as the box, so
#: half a side holds it at any turn.
AROUND = 0.5

View = tuple[int, str, str | None]  # pixels on a side, "grey" or "rgb", the points that are aligned or None


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

    def seen(self, size: int, channels: str, points: str | None) -> np.ndarray:
        """uint8 (size, size[, 3]): the face as :data:`View` says.

        Where the points that are aligned coincide, as in pictures of a few pixels, the crop is resized whole, as
        training images without landmarks are.
        """
        if points is not None:
            target = template(points, size)
            matrices = similarity(self._five_points[None, : len(target)], target)
            if np.isfinite(matrices).all():
                return aligned(self._scene[0][None], matrices, size)[0]
        xmin, ymin, xmax, ymax = self.crop
        return face_images([self.picture[ymin:ymax, xmin:xmax]], size, channels)[0]

    @cached_property
    def _scene(self) -> tuple[np.ndarray, tuple[int, int]]:
        """uint8 (h, w) grey, the part of the picture that an aligned face is drawn from; x and y of its first pixel."""
        x0, y0, x1, y1 = self.box
        around = AROUND * (max(x1 - x0, y1 - y0) + 1)
        left, top = max(0, int(x0 - around)), max(0, int(y0 - around))
        part = self.picture[top : int(y1 + around) + 1, left : int(x1 + around) + 1]
        return np.asarray(_picture(part).convert("L")), (left, top)

    @cached_property
    def _five_points(self) -> np.ndarray:
        """float32 (5, 2) in pixels of the scene, which is enlarged for the fit where training images are."""
        scene, corner = self._scene
        box = np.asarray(self.box, float) - np.tile(corner, 2)
        upscale = 2 if (box[2:] - box[:2]).min() + 1 < SMALL else 1
        return five_points(fit_landmarks(scene, box, upscale).reshape(1, POINTS, 2))[0]


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
