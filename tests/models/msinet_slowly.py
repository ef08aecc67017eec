"""MSI-Net as its paper and its authors' program describe it, in NumPy and double precision, and weights for it that are
the same numbers everywhere."""

from math import prod

import numpy as np

STAGES = {1: (3, 64, 2), 2: (64, 128, 2), 3: (128, 256, 3), 4: (256, 512, 3), 5: (512, 512, 3)}


def shapes() -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor, from the table of layers."""
    kernels = {}
    for stage, (inputs, outputs, count) in STAGES.items():
        for number in range(1, count + 1):
            kernels[f"encoder.conv{stage}_{number}"] = (outputs, inputs if number == 1 else outputs, 3, 3)
    for number in range(1, 6):
        side = 1 if number in (1, 5) else 3
        kernels[f"aspp.b{number}"] = (256, 1280, side, side)
    kernels["aspp.project"] = (256, 1280, 1, 1)
    for number, (inputs, outputs) in enumerate([(256, 128), (128, 64), (64, 32), (32, 1)], start=1):
        kernels[f"decoder.conv{number}"] = (outputs, inputs, 3, 3)
    both = {}
    for name, shape in kernels.items():
        both |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    return both


def numbers(count: int, salt: int) -> np.ndarray:
    """float64 (count,) in [-1, 1): a hash of the position, the same wherever it is computed."""
    x = np.arange(count, dtype=np.uint32) + np.uint32(salt * 0x9E3779B1 % 2**32)
    for _ in range(2):
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x45D9F3B)
    x ^= x >> np.uint32(16)
    return x / 2**31 - 1


def weights() -> dict[str, np.ndarray]:
    """float32 tensors, kernels as large as Glorot's."""
    made = {}
    for salt, (name, shape) in enumerate(shapes().items()):
        size = 0.1 if len(shape) == 1 else (6 / (shape[0] + shape[1]) / prod(shape[2:])) ** 0.5
        made[name] = (size * numbers(prod(shape), salt).reshape(shape)).astype(np.float32)
    return made


def picture(height: int, width: int, count: int = 1) -> np.ndarray:
    """float32 (count, 3, height, width) in 0…255."""
    return (127.5 + 127.5 * numbers(count * 3 * height * width, 99)).reshape(count, 3, height, width).astype("f4")


def conv(x: np.ndarray, state: dict, name: str, dilation: int = 1) -> np.ndarray:
    """(N, C, H, W) → (N, O, H, W): each tap of the kernel moved by its place and added up, zeros outside."""
    kernel, bias = state[f"{name}.weight"], state[f"{name}.bias"]
    reach = dilation * (kernel.shape[2] // 2)
    wide = np.pad(x, ((0, 0), (0, 0), (reach, reach), (reach, reach)))
    out = np.zeros((len(x), len(kernel), *x.shape[2:])) + bias[:, None, None]
    for row in range(kernel.shape[2]):
        for column in range(kernel.shape[3]):
            y, z = row * dilation, column * dilation
            seen = wide[:, :, y : y + x.shape[2], z : z + x.shape[3]]
            out += np.einsum("oc,nchw->nohw", kernel[:, :, row, column].astype(float), seen, optimize=True)
    return out


def relu(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, 0)


def pool(x: np.ndarray, stride: int) -> np.ndarray:
    """Largest of 2 × 2; at stride 1 windows reach over the last row and column and see what is there."""
    out = np.empty((*x.shape[:2], x.shape[2] // stride, x.shape[3] // stride))
    for row in range(out.shape[2]):
        for column in range(out.shape[3]):
            y, z = row * stride, column * stride
            out[:, :, row, column] = x[:, :, y : y + 2, z : z + 2].max((2, 3))
    return out


def enlarge(x: np.ndarray, height: int, width: int) -> np.ndarray:
    """TensorFlow 1's bilinear resizing by its general formula: output i lies at i · before / after."""
    out = np.empty((*x.shape[:2], height, width))
    for row in range(height):
        for column in range(width):
            y, z = row * x.shape[2] / height, column * x.shape[3] / width
            top, left = int(y), int(z)
            below, right = min(top + 1, x.shape[2] - 1), min(left + 1, x.shape[3] - 1)
            upper = x[:, :, top, left] * (1 - (z - left)) + x[:, :, top, right] * (z - left)
            lower = x[:, :, below, left] * (1 - (z - left)) + x[:, :, below, right] * (z - left)
            out[:, :, row, column] = upper * (1 - (y - top)) + lower * (y - top)
    return out


def msinet_slowly(state: dict[str, np.ndarray], pictures: np.ndarray) -> np.ndarray:
    """float64 (N, 1, H, W) from (N, 3, H, W) in 0…255."""
    x = pictures - np.array([103.939, 116.779, 123.68])[:, None, None]
    pools = []
    for stage, (_, _, count) in STAGES.items():
        for number in range(1, count + 1):
            x = relu(conv(x, state, f"encoder.conv{stage}_{number}", 2 if stage == 5 else 1))
        x = pool(x, 2 if stage <= 3 else 1)
        pools.append(x)
    x = np.concatenate(pools[2:], axis=1)
    branches = [relu(conv(x, state, f"aspp.b{n}", dilation)) for n, dilation in ((1, 1), (2, 4), (3, 8), (4, 12))]
    whole = relu(conv(x.mean((2, 3), keepdims=True), state, "aspp.b5"))
    branches.append(enlarge(whole, *x.shape[2:]))
    x = relu(conv(np.concatenate(branches, axis=1), state, "aspp.project"))
    for number in (1, 2, 3):
        x = relu(conv(enlarge(x, 2 * x.shape[2], 2 * x.shape[3]), state, f"decoder.conv{number}"))
    x = conv(x, state, "decoder.conv4")
    x = x - x.min((1, 2, 3), keepdims=True)
    return x / (1e-7 + x.max((1, 2, 3), keepdims=True))
