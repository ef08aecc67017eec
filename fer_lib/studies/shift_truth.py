"""Notebook 03: do the transformers find faces whose place is known?

Synthetic faces stand up to 10 pixels off centre. A network that has learned where to look shows them at one place of
the warped image; one that is guided by another image's map cannot. What each misses is measured on held-out people.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from ..artifacts import alone, fingerprint, is_complete, save_table, write_card
from ..datasets import FaceSet, load_dataset
from ..datasets.folds import inner_validation, make_folds, subjects_of
from ..datasets.labels import label_space
from ..datasets.synthetic import cut_out, draw_shifts
from ..evaluation.warp_truth import remaining_table, warp_truth
from ..guidance import render_guidance
from ..training import TrainConfig
from .shift_training import CENTRED, CENTRED_EPOCHS, GROWTH, PLAIN_EPOCHS, Network, ShiftedFaces, train_all
