"""A batch in shares, one for each process, so that a step is the one that a single process would make.

Every process holds the whole set and makes the whole batch, its random changes included, which costs little beside the
network. It computes the logits of its share, and gets those of the others as numbers without a gradient: loss, scores
and choices are then computed from all logits by every process alike, class weights and mixtures exactly, and a gradient
is what the share adds to that of the batch. Gradients are summed before each step.

Two things differ from a single process. Batch norm normalises each share by itself, and its statistics are averaged
after each step; dropout draws other masks.
"""

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.nn.modules.batchnorm import _BatchNorm

from ..models.precision import at_least_float32
from .parallel import add_up, rank, world_size


def in_shares(model: nn.Module) -> nn.Module:
    """`model` whose batches are computed in shares; itself where one process is alone."""
    return model if world_size() == 1 else InShares(model)


class InShares(nn.Module):
    """Logits (N, K) of all rows of the inputs, in every process; those of its share alone have a gradient."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, *inputs: Tensor) -> Tensor:
        count = len(inputs[0])
        start, stop = share(count, rank(), world_size())
        # a process without a share looks at the whole batch, which is small then, as batch norm needs some images
        rows = slice(start, stop) if stop > start else slice(0, count)
        own = at_least_float32(self.model(*(values[rows] for values in inputs)))[: stop - start]
        everybody = torch.zeros(count, own.shape[1], dtype=own.dtype, device=own.device)
        everybody[start:stop] = own.detach()
        add_up(everybody)
        return torch.cat([everybody[:start], own, everybody[stop:]])


def share(count: int, process: int, processes: int) -> tuple[int, int]:
    """Rows from … to before … of a batch of `count` that `process` computes: equal shares, and none of a single row
    beside others, of which batch norm has no variance."""
    sharing = max(1, min(processes, count // 2))
    if process >= sharing:
        return count, count
    return count * process // sharing, count * (process + 1) // sharing


def step_together(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """From here on every step of `optimizer` is made with the gradients of all shares; all processes start from the
    weights of the first."""
    if world_size() == 1:
        return
    for tensor in model.state_dict().values():
        dist.broadcast(tensor, 0)
    optimizer.register_step_pre_hook(lambda *_: _sum_gradients(optimizer))
    optimizer.register_step_post_hook(lambda *_: average_statistics(model))


def average_statistics(model: nn.Module) -> None:
    """Running means and variances of the batch-norm layers that learn them, averaged over the processes."""
    layers = [m for m in model.modules() if isinstance(m, _BatchNorm) and m.training and m.track_running_stats]
    tensors = [tensor for layer in layers for tensor in (layer.running_mean, layer.running_var)]
    if not tensors or world_size() == 1:
        return
    averages = add_up(torch.cat(tensors)) / world_size()
    for tensor, average in zip(tensors, averages.split([len(tensor) for tensor in tensors]), strict=True):
        tensor.copy_(average)


def _sum_gradients(optimizer: torch.optim.Optimizer) -> None:
    parameters = (parameter for group in optimizer.param_groups for parameter in group["params"])
    pending = [dist.all_reduce(p.grad, async_op=True) for p in parameters if p.grad is not None]
    for work in pending:
        work.wait()
