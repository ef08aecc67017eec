"""The stored set behind a FaceSet, and what identifies it."""

from dataclasses import dataclass

import numpy as np

from ..artifacts import read_card
from ..datasets import FaceSet
from ..datasets.registry import read_prepared
from ..errors import require


@dataclass(frozen=True)
class Stored:
    """A whole prepared set and the hash of its content.

    Preparing the same files again gives the same identity, so what was computed from them stays
    valid; other images or labels give another one, and it is computed anew.
    """

    faces: FaceSet
    identity: str

    def covers(self, faces: FaceSet) -> bool:
        """Whether `faces` is this whole set in stored order."""
        return len(faces) == len(self.faces) and np.array_equal(faces.rows, np.arange(len(self.faces)))


def stored_set(faces: FaceSet) -> Stored:
    """The prepared set that `faces` is, or is a subset of.

    Raises:
        InputError: the set was never stored, its folder is gone, or it was replaced by a smaller one.
    """
    require(
        faces.folder is not None,
        f"{faces.name}: not a stored set; load it with load_dataset, or work on arrays "
        "(detect_landmarks, render_guidance)",
    )
    card = read_card(faces.folder)
    require(card is not None, f"{faces.folder}: no card.json, so no complete prepared set is there")
    whole = read_prepared(faces.folder)
    require(
        len(faces) == 0 or int(faces.rows.max()) < len(whole),
        f"{faces.folder}: {len(whole)} images, but row {int(faces.rows.max(initial=0))} is asked for; "
        "the set was prepared anew, load it again",
    )
    return Stored(whole, card["content"])
