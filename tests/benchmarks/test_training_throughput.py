def test_writes_a_report(tmp_path, the_report, small_batches):
    from training_throughput import main

    main(["--images", "30", "--rounds", "1", "--out", str(tmp_path / "out")])
    assert "| guided_stn |" in the_report()
    assert "| simple_cnn |" in the_report()
