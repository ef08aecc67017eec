"""The benchmark of the occlusion maps, in small."""


def test_writes_a_report_with_a_row_per_network(tmp_path, the_report):
    import occlusion_maps

    occlusion_maps.main(["--images", "2", "--stride", "8", "--rounds", "1", "--out", str(tmp_path / "out")])
    for name in occlusion_maps.NETWORKS:
        assert name in the_report()
    assert "squares of 8 × 8, stride 8" in the_report()


def test_all_places_of_all_images_are_timed():
    import occlusion_maps

    table = occlusion_maps.measure(2, 8, 1)
    assert (table["squares"] == 36).all() and (table["seconds"] > 0).all() and (table["images"] == 2).all()
