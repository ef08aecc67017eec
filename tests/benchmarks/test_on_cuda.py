"""The benchmarks on a GPU, small; elsewhere skipped."""

import pytest
import torch

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")


@pytest.mark.parametrize("network", ["guided_stn", "simple_cnn"])
def test_stacked_training(network, tmp_path, the_report, small_batches):
    from stacked_training import main

    words = f"--models 1 3 --images 16 --quick --device cuda --network {network} --out {tmp_path / 'out'}"
    main(words.split())
    assert "|        3 |" in the_report()


def test_dropout_agreement(tmp_path, the_report):
    from dropout_agreement import main

    main(["--seeds", "2", "--images", "60", "--epochs", "1", "--device", "cuda", "--out", str(tmp_path / "out")])
    assert "| accuracy |" in the_report()


@pytest.mark.parametrize("engine", ["sequential", "stacked"])
def test_operators_that_are_not_deterministic_are_named(engine):
    from cuda_determinism import train

    try:
        said = train("use_deterministic_algorithms", engine, 40, 1, "cuda", "fp32")
    finally:
        torch.use_deterministic_algorithms(False)
    assert "grid_sampler_2d_backward_cuda" in said["warned"]


def test_full_protocol(tmp_path, the_report):
    from full_protocol_gpu import main

    words = "--dataset synthetic --images 80 --landmarks dataset --variants none saliency_spectral --epochs 2 --folds 2"
    words += f" --device cuda --plain-images 128 --data {tmp_path / 'data'} --runs {tmp_path} --out {tmp_path / 'out'}"
    main(words.split())
    assert "engine: stacked (as asked)" in the_report()
    assert "peak memory" in the_report()
