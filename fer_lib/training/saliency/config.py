"""The recipe of MSI-Net's authors."""

from dataclasses import asdict, dataclass

from ...errors import require


@dataclass(frozen=True)
class SaliencyConfig:
    """Adam on SALICON (specification of saliency, §5).

    Attributes:
        epochs: all are trained, and the one with the smallest divergence on the validation part is kept.
        batch_size: pictures between two steps.
        learning_rate: of Adam, constant.
        canvas: height and width that pictures and maps are fitted into, multiples of 8.
        seed: of the order of pictures, and of layers that are drawn.
        device: ``"auto"`` takes CUDA, then MPS, then CPU.
    """

    epochs: int = 10
    batch_size: int = 1
    learning_rate: float = 1e-5
    canvas: tuple[int, int] = (240, 320)
    seed: int = 2020
    device: str = "auto"

    def __post_init__(self):
        for name in ("epochs", "batch_size"):
            require(getattr(self, name) >= 1, f"{name} = {getattr(self, name)}, expected at least 1")
        require(self.learning_rate > 0, f"learning_rate = {self.learning_rate}, expected a positive number")
        require(
            len(self.canvas) == 2 and all(side > 0 and side % 8 == 0 for side in self.canvas),
            f"canvas = {self.canvas}, expected height and width, multiples of 8",
        )

    def identity(self) -> dict:
        """What decides the result."""
        return {key: value for key, value in asdict(self).items() if key != "device"}
