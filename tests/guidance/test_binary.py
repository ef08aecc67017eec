import cv2
import numpy as np
import pytest

from fer_lib.faces import REGIONS
from fer_lib.guidance import render_guidance
from fer_lib.guidance.binary import HULLS, draw_parts


def draw_as_published(points, height, width, jaw=True):
    """The published drawing, face by face: filled contour of each hull, the jaw segment by segment."""
    canvas = np.zeros((height, width), np.uint8)
    whole = np.rint(points).astype(int)
    for region in ("mouth", "inner_mouth", "right_brow", "left_brow", "right_eye", "left_eye", "nose"):
        hull = cv2.convexHull(whole[REGIONS[region]].astype(np.int32))
        cv2.drawContours(canvas, [hull], -1, 255, -1)
    for start in range(16) if jaw else ():
        cv2.line(canvas, tuple(map(int, whole[start])), tuple(map(int, whole[start + 1])), 255, 2)
    return canvas


def inside(polygon, x, y):
    """Whether a pixel centre lies in a convex polygon or on its border, by the side of every edge."""
    sides = [
        (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        for (ax, ay), (bx, by) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True)
    ]
    return all(side >= 0 for side in sides) or all(side <= 0 for side in sides)


def distance(a, b, x, y):
    """From a pixel centre to a segment."""
    a, b, p = (np.asarray(v, float) for v in (a, b, (x, y)))
    along = np.clip(np.dot(p - a, b - a) / max(np.dot(b - a, b - a), 1e-12), 0, 1)
    return np.linalg.norm(p - a - along * (b - a))


@pytest.mark.parametrize("jaw", [True, False])
@pytest.mark.parametrize("size", [48, 128])
def test_binary_equals_the_published_drawing(scattered, size, jaw):
    points = scattered(40, size=size)
    slowly = np.stack([draw_as_published(face, size, size, jaw) for face in points])
    assert np.array_equal(draw_parts(points, size, size, jaw), slowly)


def test_binary_pixel_by_pixel(scattered):
    """Without OpenCV: every pixel in a hull is white, every pixel away from all parts is black."""
    face = scattered(1, seed=7)
    mask, whole = draw_parts(face, 48, 48)[0], np.rint(face[0])
    hulls = [cv2.convexHull(whole[REGIONS[name]].astype(np.int32))[:, 0] for name in HULLS]
    edges = [pair for hull in hulls for pair in zip(hull, np.roll(hull, -1, axis=0), strict=True)]
    jaw = list(zip(whole[:16], whole[1:17], strict=True))
    for y in range(48):
        for x in range(48):
            if any(inside(hull, x, y) for hull in hulls) or any(distance(*s, x, y) <= 0.5 for s in jaw):
                assert mask[y, x] == 255, (x, y)
            elif all(distance(*s, x, y) > 2 for s in jaw) and all(distance(*e, x, y) >= 1 for e in edges):
                assert mask[y, x] == 0, (x, y)


def test_points_are_rounded_to_the_nearest_pixel(scattered):
    points = np.rint(scattered(5))
    assert np.array_equal(draw_parts(points + 0.25, 48, 48), draw_parts(points - 0.25, 48, 48))


def test_the_inner_mouth_leaves_no_hole(scattered):
    face = scattered(1)
    with_hole = np.zeros((48, 48), np.uint8)
    hulls = [cv2.convexHull(np.rint(face[0, REGIONS[name]]).astype(np.int32)) for name in ("mouth", "inner_mouth")]
    cv2.fillPoly(with_hole, hulls, 255)  # what the even-odd rule would make of both at once
    mask = draw_parts(face, 48, 48, jaw=False)[0]
    assert (mask[with_hole > 0] == 255).all() and mask.sum() > 0
    x, y = np.rint(face[0, REGIONS["inner_mouth"]].mean(0)).astype(int)
    assert mask[y, x] == 255


def test_only_two_values_on_a_canvas_of_the_images_size(points):
    images = np.zeros((6, 40, 64), np.uint8)
    mask = render_guidance("binary", images, points)
    assert mask.shape == (6, 40, 64) and mask.dtype == np.uint8 and set(np.unique(mask)) == {0, 255}
