"""Taking over the weights of MSI-Net."""

import torch
from PIL import Image

from fer_lib.models import msinet_sanity

from ..models.msinet_fixtures import means, nodes
from ..models.tensorflow_writer import graph, tensor
from . import case, fer


def weights(name: str, content: bytes | None, *words: str, at="model.pb"):
    """A case in which this file is converted."""

    @case(name)
    def arrange(place):
        if content is not None:
            place.write(at, content)
        return lambda: fer("guidance", "saliency", "--weights", *(words or (at,)))


def stored(**changed) -> bytes:
    """A frozen graph in which a constant is replaced, or left out (None)."""
    messages = means() | {name.replace("__", "/"): message for name, message in changed.items()}
    return graph(nodes({name: message for name, message in messages.items() if message is not None}))


weights("saliency-no-file", None)
weights("saliency-no-saved-model", b"", "hub", at="hub/variables/variables.index")
weights("saliency-empty", b"")
weights("saliency-zip", b"PK\x03\x04\x14\x00\x08")
weights("saliency-no-graph", b"a picture, say")
weights("saliency-cut-off", stored()[:-1])
weights("saliency-constant", stored(aspp__conv2__bias=tensor([1, 2], shape=(256,))))
weights("saliency-constant-twice", stored() + stored(aspp__conv2__bias=tensor(1.0, "packed", (256,))))
weights("saliency-missing", stored(aspp__conv2__bias=None))
weights("saliency-left-over", stored(decoder__conv5__bias=tensor(0.0)))
weights("saliency-shape", stored(aspp__conv2__bias=tensor(0.0, "packed", (128,))))
weights("saliency-not-finite", stored(aspp__conv2__bias=tensor(float("nan"), "packed", (256,))))
weights("saliency-out", stored(), "model.pb", "--out", "data/models/msinet.pt")
weights("saliency-converted", b"", "m.safetensors", "--out", "n.safetensors", at="m.safetensors")


@case("saliency-reference")
def _(place):
    seen = {"parameters": 24_934_209, "lowest": 0, "highest": 1, "distance": 0}
    place.patch.setattr(msinet_sanity, "check_sanity", lambda network, path: seen)
    place.write("model.pb", stored())
    for name, side in (("picture.png", 16), ("map.png", 8)):
        Image.new("L", (side, side)).save(place.root / name)
    words = ("--reference", "picture.png", "map.png")
    return lambda: fer("guidance", "saliency", "--weights", "model.pb", *words)


@case("saliency-blind")
def _(place):
    place.patch.setattr(msinet_sanity, "disks", lambda: torch.full((2, 3, 16, 16), 126.0))
    place.write("model.pb", stored(decoder__conv4__kernel=tensor(0.0, "packed", (3, 3, 32, 1))))
    return lambda: fer("guidance", "saliency", "--weights", "model.pb")
