"""Where the regions that make an expression are known, the maps of a network that has learned it lie on them."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from fer_lib.datasets.synthetic import class_region_masks
from fer_lib.datasets.synthetic.dataset import build
from fer_lib.evaluation.explain.concentration import concentration
from fer_lib.evaluation.explain.occlusion import occlusion_maps
from fer_lib.evaluation.explain.part_masks import hull_masks
from fer_lib.models import create_model
from fer_lib.studies.explained_regions import LEADING
from fer_lib.training.batches import Batches

LARGEST = 0.30  # of the face
LEAST = 1.5


@pytest.fixture(scope="module")
def faces():
    return build(None, images=800, subjects=40, style="studio", seed=5)


@pytest.fixture(scope="module")
def held_out(faces):
    """bool (N,): every fifth person."""
    subjects = faces.samples["subject"].to_numpy()
    return np.isin(subjects, np.unique(subjects)[::5])


def network(faces, held_out, epochs):
    torch.manual_seed(0)
    model = create_model("simple_cnn", num_classes=len(faces.classes)).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    batches = Batches(faces.images, None, faces.labels, len(faces.classes), torch.device("cpu"))
    train = torch.from_numpy(np.flatnonzero(~held_out))
    for _ in range(epochs):
        for chosen in train[torch.randperm(len(train))].split(32):
            inputs, labels = batches[chosen]
            optimizer.zero_grad()
            F.cross_entropy(model(*inputs), labels).backward()
            optimizer.step()
    return model


def measured(faces, held_out, model):
    """Concentration inside the landmark hull on the regions of the leading action units, held-out people whose
    expression is recognised; of a network that knows nothing, all."""
    shown = np.flatnonzero(held_out & (faces.labels != faces.classes.index("neutral")))
    maps = occlusion_maps(
        model, faces.images[shown], faces.labels[shown], stride=4, mean_grey=float(faces.images.mean())
    )
    points, own = faces.extras["landmarks"][shown], np.arange(len(shown))
    hull = hull_masks(points, 48)
    regions = class_region_masks(points, 48, faces.classes, at_least=LEADING)[own, faces.labels[shown]] > 0
    rows = np.flatnonzero(maps.right) if maps.right.mean() > 0.5 else own
    subjects = faces.samples["subject"].to_numpy()[shown]
    return concentration(maps.drop[rows], (regions & hull)[rows], hull[rows], subjects[rows]), maps.right.mean()


def test_maps_of_a_trained_network_lie_on_the_action_units(faces, held_out):
    found, accuracy = measured(faces, held_out, network(faces, held_out, epochs=10))
    assert accuracy > 0.7
    assert found.area <= LARGEST and found.images >= 60 and found.groups == 8
    assert found.ratio.mean >= LEAST and found.ratio.low > 1.2


def test_maps_of_an_untrained_network_do_not(faces, held_out):
    found, accuracy = measured(faces, held_out, network(faces, held_out, epochs=0))
    assert accuracy < 0.4
    assert found.ratio.mean < LEAST


def test_the_regions_are_a_small_part_of_every_expression(faces):
    hull = hull_masks(faces.extras["landmarks"], 48)
    regions = class_region_masks(faces.extras["landmarks"], 48, faces.classes, at_least=LEADING) > 0
    share = (regions & hull[:, None]).sum((0, 2, 3)) / hull.sum()
    assert share[-1] == 0 and (share[:-1] > 0.05).all() and (share <= LARGEST).all()
