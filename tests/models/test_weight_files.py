"""Other people's checkpoints, in which tensors are not all there is; what is refused: tests of training/checkpoints."""

import datetime

import pytest
import torch

from fer_lib.errors import InputError
from fer_lib.models.weight_files import read_weights
from fer_lib.training.checkpoints import load_weights

from .test_reference_names import masking_state
from .test_residual_masking import narrow

#: What the trainer of residual masking stores beside the weights.
BESIDE = {
    "arch": "resmasking_dropout1", "lr": 1e-4, "batch_size": 48, "distributed": 0, "cwd": "/home/somebody",
    "best_val_acc": 72.5, "train_losses": [1.7, 1.2], "val_acc_list": [55.0, 61.5], "test_acc": 0.0,
    "extra": {"nested": (1, None, True)},
}  # fmt: skip


@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("zipped", [True, False])  # False: the format of torch before 1.6
def test_checkpoints_of_residual_masking_load(tmp_path, prefix, zipped):
    source, state = masking_state()
    content = BESIDE | {"net": {prefix + key: value for key, value in state.items()}}
    torch.save(content, tmp_path / "Z_resmasking_dropout1_rot30", _use_new_zipfile_serialization=zipped)
    model, image = narrow(seed=1), torch.rand(2, 1, 32, 32)
    load_weights(model, tmp_path / "Z_resmasking_dropout1_rot30")
    with torch.no_grad():
        assert torch.equal(model(image), source(image))


def test_unequal_copies_are_told_with_the_file(tmp_path):
    model, state = masking_state()
    state["mask1.downsample1.0.weight"] = torch.zeros(1)
    torch.save({"net": state}, tmp_path / "odd")
    with pytest.raises(InputError, match=r"odd: mask1\.downsample1\.0\.weight differs from mask1\.conv1\.downsample"):
        load_weights(model, tmp_path / "odd")


def test_objects_beside_the_weights_are_refused(tmp_path):
    """Reading a date would call what the file names."""
    torch.save({"net": {"a": torch.zeros(1)}, "started": datetime.datetime(2019, 11, 30)}, tmp_path / "dated")
    with pytest.raises(InputError, match=r"dated: not a readable file of tensors \(UnpicklingError\)"):
        read_weights(tmp_path / "dated")
