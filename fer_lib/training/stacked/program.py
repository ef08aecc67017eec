"""The training step and the scoring of a stack: one model's arithmetic, batched over models."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, vmap

from ...models.precision import at_least_float32
from ..augmentation import augmented
from ..batches import normalise
from ..config import TrainConfig
from ..device import half_precision
from .adam import adam, rates_and_decays
from .dropout import Masks, with_given_masks
from .layout import Layout
from .state import State

MODELS = 1  # dimension of images, guidance and labels that counts the models


class Program:
    """Batched kernels for every model with the shape of `model`.

    ``torch.func.vmap`` turns the models' convolutions into grouped ones and their linear layers into
    batched matrix products. Images lie as (images, models, …), so that they are grouped channels
    without a copy.

    Args:
        model: any of the models.
        rows: uint8 (R, H, W[, 3]), all images and guidance maps of all models.
        guided: whether the model looks at a second input.
        dtype: of weights and inputs; autocast is `precision`.
    """

    def __init__(
        self,
        model: nn.Module,
        rows: Tensor,
        guided: bool,
        config: TrainConfig,
        *,
        dtype: torch.dtype,
        precision: torch.dtype,
    ):
        self.layout = Layout.of(model)
        self.rows, self.dtype, self.precision = rows, dtype, precision
        self.augmentation = config.augmentation
        self.rates, self.decays = rates_and_decays(model, config, rows.device, dtype)
        #: Two normalised images for each of the model's inputs.
        self.example = (normalise(rows[:1].expand(2, *rows.shape[1:]), dtype),) * (1 + guided)
        self.masks = Masks.of(model, self.example)
        self._training = _wide_batch_norm(with_given_masks(model)).train()
        self._scoring = _wide_batch_norm(with_given_masks(model, active=config.dropout_eval)).eval()

    def step(
        self,
        state: State,
        index: Tensor,
        labels: Tensor,
        weight: Tensor | None,
        masks: dict[str, Tensor],
        theta: Tensor | None = None,
    ) -> None:
        """Train every model of `state` on one batch, in place.

        Nothing is written before everything is computed: when memory runs out on the way, `state`
        is what it was.

        Args:
            index: int64 (inputs, B, M), rows of the image bank: images, and guidance where there is any.
            labels: int64 (B, M).
            weight: class weights (M, K), or None.
            masks: of dropout, each (M, B, …).
            theta: (B, M, 2, 3), how images are augmented, or None.
        """
        of_models = (0, 0, 0, MODELS, MODELS, None if weight is None else 0)
        batched = vmap(grad_and_value(self._loss, has_aux=True), in_dims=of_models, randomness="error")
        gradient, (loss, (buffers, correct)) = batched(
            state.parameters, state.buffers, masks, self._inputs(index, theta), labels, weight
        )
        moments = state.average, state.square, state.steps
        new = adam(gradient, state.parameters, *moments, self.rates, self.decays, state.factor[:, None])
        images = labels.shape[0]
        state.copy_(State(*new, buffers, state.loss_sum + loss * images, state.correct + correct, state.factor))

    @torch.no_grad()
    def logits(self, state: State, index: Tensor, masks: dict[str, Tensor]) -> Tensor:
        """Logits (M, B, K) in evaluation mode; `masks` where dropout stays active, else empty."""
        batched = vmap(self._logits, in_dims=(0, 0, 0, MODELS), randomness="error")
        return batched(state.parameters, state.buffers, masks, self._inputs(index))

    def _inputs(self, index: Tensor, theta: Tensor | None = None) -> tuple[Tensor, ...]:
        """(B, M, C, H, W) in [-1, 1] per input."""
        batch, models = index.shape[1:]
        found = normalise(self.rows[index.flatten()], self.dtype).contiguous()
        if theta is not None:
            of_inputs = theta.expand(len(index), *theta.shape).reshape(-1, 2, 3)
            found = augmented(self.augmentation, found, of_inputs).contiguous()
        return found.view(len(index), batch, models, *found.shape[1:]).unbind(0)

    def _loss(self, row, buffers, masks, inputs, labels, weight):
        # batch norm updates its statistics in place: on these copies, which are handed out
        buffers = {name: value.clone() for name, value in buffers.items()}
        with half_precision(labels.device, self.precision):
            logits = functional_call(self._training, self.layout.unpack(row) | buffers | masks, inputs)
        logits = at_least_float32(logits)
        loss = F.cross_entropy(logits, labels, weight)
        return loss, (buffers, (logits.argmax(1) == labels).sum())

    def _logits(self, row, buffers, masks, inputs):
        with half_precision(self.rows.device, self.precision):
            return at_least_float32(functional_call(self._scoring, self.layout.unpack(row) | buffers | masks, inputs))


def _wide_batch_norm(model: nn.Module) -> nn.Module:
    """Normalise in float32 what autocast made bfloat16, as batch norm does outside of vmap; batched it refuses."""

    def widen(module, arguments):
        module.narrow = arguments[0].dtype
        return (at_least_float32(arguments[0]),)

    def narrow(module, _, output):
        return output.to(module.narrow)

    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.register_forward_pre_hook(widen)
            module.register_forward_hook(narrow)
    return model
