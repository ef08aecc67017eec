"""Grad-CAM: which places of a layer's maps the score of a class rests on, to first order.

R. Selvaraju et al., *Grad-CAM*, ICCV 2017; guided: times the guided backpropagation of J. Springenberg et al., arXiv
1412.6806. All taps of a network come from one pass forward and one back; ``captum.attr.LayerGradCam`` takes one each,
and its ``GuidedBackprop`` sees no ReLU that is a function, none in place and none used twice, of which most networks
here have some. Both are twins in the tests.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ...errors import require
from ...models.precision import at_least_float32
from .activations import BATCH, in_parts, in_the_image, tapped, taps_of


@torch.enable_grad()
def grad_cam(
    model: nn.Module,
    images: np.ndarray,
    classes: np.ndarray | int | None = None,
    guidance: np.ndarray | None = None,
    *,
    taps: Sequence[str] | None = None,
    batch_size: int = BATCH,
) -> dict[str, np.ndarray]:
    """ReLU of a tap's maps, each weighted with the mean gradient of the class's logit to it, summed.

    Maps are as large as the logit makes them; :func:`~fer_lib.evaluation.explain.activations.scaled` brings each
    image's to [0, 1].

    Args:
        model: called as ``model(image)`` or ``model(image, guidance)``, returns logits; put into evaluation mode. Its
            ``taps`` name modules. Where its parameters are is where everything is computed.
        images: uint8 (N, H, W) or (N, H, W, 3).
        classes: int (N,), the classes to explain, the true ones say, or one for all; None, those answered.
        guidance: uint8 (N, H, W), or None.
        taps: some of the model's; None, all.

    Returns:
        By tap, float32 (N, H, W), not negative, up-sampled to the image; 0 where the logit does not depend on the tap.

    Raises:
        InputError: a network without taps, an unknown tap or class, no images, or arrays of different length.
    """
    model.eval()
    taps = list(taps_of(model, taps))
    parts: dict[str, list[np.ndarray]] = {tap: [] for tap in taps}
    with _frozen(model):
        for rows, inputs in in_parts(model, images, guidance, batch_size):
            with tapped(model, taps) as outputs:
                score = _score(model(*inputs), classes, rows, len(images))
            gradients = (
                torch.autograd.grad(score, [outputs[tap] for tap in taps], allow_unused=True)
                if score.requires_grad
                else [None] * len(taps)
            )
            for tap, gradient in zip(taps, gradients, strict=True):
                maps = outputs[tap].detach()
                weights = 0 if gradient is None else gradient.mean((2, 3), keepdim=True)
                summed = F.relu((weights * maps).sum(1))
                parts[tap].append(in_the_image(model, summed, inputs).cpu().numpy())
    return {tap: np.concatenate(maps) for tap, maps in parts.items()}


@torch.enable_grad()
def guided_gradients(
    model: nn.Module,
    images: np.ndarray,
    classes: np.ndarray | int | None = None,
    guidance: np.ndarray | None = None,
    *,
    batch_size: int = BATCH,
) -> np.ndarray:
    """Gradient of the class's logit to the image, where every ReLU on its way back lets only what is positive pass.

    Args:
        model, images, classes, guidance: as in :func:`grad_cam`.

    Returns:
        float32 (N, H, W), summed over colours, per step of 1 in the network's [-1, 1].

    Raises:
        InputError: a network without ReLUs, and what :func:`grad_cam` raises.
    """
    model.eval()
    parts = []
    with _frozen(model):
        for rows, inputs in in_parts(model, images, guidance, batch_size):
            inputs[0].requires_grad_()
            with GuidedReLUs() as relus:
                score = _score(model(*inputs), classes, rows, len(images))
            require(
                relus.met > 0,
                f"guided backpropagation is a rule for ReLUs, and {type(model).__name__} computes none on this image",
            )
            (gradient,) = torch.autograd.grad(score, inputs[:1])
            parts.append(gradient.sum(1).cpu().numpy())
    return np.concatenate(parts)


@torch.inference_mode()
def computes_relus(model: nn.Module, images: np.ndarray, guidance: np.ndarray | None = None) -> bool:
    """Whether :func:`guided_gradients` has something to guide; the network is asked about the first image."""
    model.eval()
    with GuidedReLUs() as relus:
        for _, inputs in in_parts(model, images[:1], None if guidance is None else guidance[:1]):
            model(*inputs)
    return relus.met > 0


def guided_grad_cam(cam: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Grad-CAM of a tap times :func:`guided_gradients` of the same images and classes, float32 (N, H, W)."""
    return cam * gradients


class GuidedReLUs(TorchFunctionMode):
    """Inside, ReLUs of every kind, modules and functions, pass only positive gradients back; values stay as they are.

    Attributes:
        met: how many ReLUs were computed.
    """

    KINDS = (F.relu, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_)

    def __init__(self):
        super().__init__()
        self.met = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func in self.KINDS:
            self.met += 1
            return _GuidedReLU.apply(args[0] if args else kwargs["input"])
        return func(*args, **(kwargs or {}))


class _GuidedReLU(torch.autograd.Function):
    @staticmethod
    def forward(context, x: Tensor) -> Tensor:
        values = x.clamp(min=0)
        context.save_for_backward(values)
        return values

    @staticmethod
    def backward(context, gradient: Tensor) -> Tensor:
        (values,) = context.saved_tensors
        return gradient.clamp(min=0) * (values > 0)


def _score(logits: Tensor, classes: np.ndarray | int | None, rows: slice, count: int) -> Tensor:
    """The sum over a batch of the logits to explain; images do not touch each other's, so neither do gradients."""
    logits = at_least_float32(logits)
    if classes is None:
        return logits.max(1).values.sum()  # of one class where two tie
    wanted = np.full(count, classes) if np.ndim(classes) == 0 else np.asarray(classes)
    require(len(wanted) == count, f"classes has {len(wanted)} rows for {count} images")
    known = logits.shape[1]
    wrong = wanted[(wanted < 0) | (wanted >= known)]
    require(
        not len(wrong),
        f"class {wrong.flat[0] if len(wrong) else None} asked of a network with {known} logits, expected 0…{known - 1}",
    )
    target = torch.from_numpy(wanted[rows].astype(np.int64)).to(logits.device)
    return logits.gather(1, target[:, None]).sum()


@contextmanager
def _frozen(model: nn.Module) -> Iterator[None]:
    """Parameters take no gradients inside: nothing is kept for layers in front of the first tap."""
    free = [parameter for parameter in model.parameters() if parameter.requires_grad]
    for parameter in free:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in free:
            parameter.requires_grad_(True)
