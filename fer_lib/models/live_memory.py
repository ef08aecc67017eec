"""How much memory the tensors of a computation hold at once, counted from the tensors themselves."""

import weakref
from collections.abc import Iterable

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class LiveMemory(TorchDispatchMode):
    """While this context is open, follows every tensor that an operation gives until nothing refers to it.

    Views and changes in place hold nothing of their own. What an operation needs inside itself (the workspace of a
    convolution) is not seen, so that the number is that of the program: the same on every device and in every run,
    and the same for tensors of torch's meta device, which hold nothing at all.

    Args:
        present: tensors that are there already and are not counted, such as parameters.

    Attributes:
        now, peak: bytes held at this moment, and at most so far.
    """

    def __init__(self, present: Iterable[Tensor] = ()):
        super().__init__()
        self.now = self.peak = 0
        self._alive = {tensor.untyped_storage()._cdata for tensor in present}

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        given = operation(*args, **(kwargs or {}))
        for tensor in tree_leaves(given):
            if isinstance(tensor, Tensor):
                self._follow(tensor)
        return given

    def _follow(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        address, size = storage._cdata, storage.nbytes()
        if address in self._alive:  # a view, or changed in place
            return
        self._alive.add(address)
        self.now += size
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._released, address, size)

    def _released(self, address: int, size: int) -> None:
        self._alive.discard(address)
        self.now -= size
