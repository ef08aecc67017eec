import numpy as np
import torch


def test_items_are_the_pictures_normalised(noise_faces):
    from plain_loop import PngFaces, png_folder

    images, masks, labels = noise_faces(5)
    with png_folder(images, masks) as folder:
        (image, mask), label = PngFaces(folder, labels, guided=True)[3]
        (alone,), _ = PngFaces(folder, labels, guided=False)[3]
    assert label == labels[3]
    for tensor, picture in ((image, images[3]), (mask, masks[3]), (alone, images[3])):
        expected = torch.from_numpy(picture.astype(np.float32))[None] / 127.5 - 1
        assert torch.allclose(tensor, expected, atol=1e-6)
    assert not folder.exists()
