"""The loss is the sum that the specification gives, term by term."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from fer_lib.models import create_model
from fer_lib.training.composed import ComposedConfig
from fer_lib.training.composed.objective import terms
from fer_lib.training.structured import attention_error, gaussian_structured_loss, nearest_centre_accuracy

from .conftest import SIZE
from .test_scores import a_part


def found(model="feratt_slim", options=None, **changes):
    torch.manual_seed(0)
    options = {"image_size": SIZE} | (options or {}) if model == "feratt_slim" else {}
    network, part = create_model(model, num_classes=3, **options).eval(), a_part()
    ((_, composed),) = part.fixed(1, 3)
    config = ComposedConfig(**changes)
    image = 2 * composed.image - 1
    own = terms(network, image, composed, part.labels, 3, config, torch.float32, np.random.default_rng(0))
    return network, image, composed, part.labels, own


def test_three_terms_with_their_weights():
    network, image, composed, labels, own = found(attention_weight=3.0, rep_weight=0.5, sigma=2.0)
    parts = network.parts(image)
    cross_entropy = F.cross_entropy(parts.logits, labels)
    attention = attention_error(parts.reconstruction, network.target(2 * composed.target - 1, composed.mask), "mse")
    rep = gaussian_structured_loss(parts.embedding, labels, 3, sigma=2.0)
    assert own.total.item() == pytest.approx((cross_entropy + 3 * attention + 0.5 * rep).item(), rel=1e-6)
    assert (own.attention.item(), own.rep.item()) == pytest.approx((attention.item(), rep.item()))
    assert own.nearest.item() == nearest_centre_accuracy(parts.embedding, labels, 3).item()


def test_cls_has_no_structured_loss():
    *_, own = found(options={"mode": "cls"})
    assert own.rep is None and own.total.item() == pytest.approx((own.cross_entropy + 2 * own.attention).item())


def test_a_baseline_has_the_cross_entropy_alone():
    *_, own = found("preact_slim")
    assert own.attention is own.rep is None and own.total is own.cross_entropy


def test_the_error_of_2019():
    *_, one = found(attention="tanh", attention_weight=5.0)
    assert 0 < one.attention.item() < 1 and one.total.item() > 5 * one.attention.item()


@pytest.mark.parametrize("mixing", ["onehot", "legacy"])
def test_mixing_reaches_the_structured_loss_alone(mixing):
    *_, plain = found()
    *_, mixed = found(mixing=mixing)
    assert mixed.rep.item() != plain.rep.item() and mixed.cross_entropy.item() == plain.cross_entropy.item()


def test_the_legacy_loss_is_reached():
    *_, one = found(gsl_legacy=True, sigma=1e-5)
    assert one.rep.item() == pytest.approx(1.0)  # all exponentials underflow
