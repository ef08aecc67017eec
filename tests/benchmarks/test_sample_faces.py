import numpy as np


def test_few_faces_are_repeated():
    from sample_faces import sample_faces

    images, masks, labels = sample_faces(100, distinct=40)
    assert images.shape == masks.shape == (100, 48, 48)
    assert images.dtype == masks.dtype == np.uint8
    assert set(labels) == {0, 1, 2}
    assert 20 < len(np.unique(images, axis=0)) <= 40  # surprise has no polarity
