import numpy as np
import pandas as pd


def scores(seed, shift=0.0, n=40):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"accuracy": rng.normal(0.8 + shift, 0.02, n), "loss": rng.normal(0.5, 0.05, n)})


def test_samples_of_one_distribution_agree_and_shifted_ones_do_not():
    from dropout_agreement import compare

    same, shifted = (compare(scores(2), scores(3, shift)).set_index("score") for shift in (0, 0.03))
    assert (same[["Welch p", "Kolmogorov–Smirnov p"]] > 0.05).all(axis=None)
    assert (shifted.loc["accuracy", ["Welch p", "Kolmogorov–Smirnov p"]] < 0.001).all()
    low, high = map(float, shifted.loc["accuracy", "95 % interval"].split(" … "))
    assert 0 < low < 0.03 < high
    assert shifted.loc["loss", "Welch p"] > 0.05


def test_engines_score_the_last_epoch_and_share_no_seed(tmp_path, the_report, monkeypatch):
    import dropout_agreement

    seen, members = [], dropout_agreement.members

    def watched(faces, network, seeds, config):
        seen.append(list(seeds))
        return members(faces, network, seeds, config)

    monkeypatch.setattr(dropout_agreement, "members", watched)
    dropout_agreement.main(
        ["--seeds", "2", "--images", "60", "--epochs", "1", "--device", "cpu", "--out", str(tmp_path / "out")]
    )
    assert seen == [[0, 1], [2, 3]]
    assert "| accuracy |" in the_report()


def test_with_equal_seeds_the_engines_are_one(noise_faces):
    """On a CPU both draw the same masks, so the two functions must measure the same thing."""
    import dropout_agreement

    from fer_lib.training import TrainConfig

    config = TrainConfig(epochs=1, batch_size=8, device="cpu", precision="fp32")

    def trained(engine, seeds):
        return engine(dropout_agreement.members(noise_faces(45), "simple_cnn", seeds, config))["loss"]

    sequential = trained(dropout_agreement.train_sequential, [7, 8])
    np.testing.assert_allclose(trained(dropout_agreement.train_stacked, [7, 8]), sequential, atol=5e-4)
    assert (abs(trained(dropout_agreement.train_stacked, [9, 10]) - sequential) > 1e-3).all()
