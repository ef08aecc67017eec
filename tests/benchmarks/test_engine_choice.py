def test_writes_a_report_with_a_measured_choice(tmp_path, the_report):
    import engine_choice

    threshold = engine_choice.engine.CPU_WORTH_ASKING
    engine_choice.main(["--images", "60", "--epochs", "1", "--rounds", "1", "--out", str(tmp_path / "out")])
    assert "ms stacked" in the_report()  # both were measured
    assert "Median of auto ÷ sequential" in the_report()
    assert threshold == engine_choice.engine.CPU_WORTH_ASKING > 0


def test_the_share_of_the_trial_at_the_threshold():
    import engine_choice
    import pandas as pd

    from fer_lib.training import TrainConfig

    row = {"turn": 0, "sequential": 10.0, "auto": 10.2, "trial": 0.5, "chosen": "sequential"}
    # 4 runs × 2 folds × 1000 images × 50 epochs in 10 s, so the threshold of 2,000,000 takes 50 s
    *_, text = engine_choice.report(pd.DataFrame([row]), 1000, TrainConfig(epochs=50))
    assert engine_choice.engine.CPU_WORTH_ASKING == 2_000_000
    assert "take 50 s: the trial is 1.0% of that" in text
    assert "1.020" in text
