import pytest

from fer_lib.errors import InputError
from fer_lib.registry import Registry, nearest


@pytest.fixture
def registry():
    registry = Registry("guidance kind")
    registry.register("soft")(lambda: "soft mask")
    registry.register("binary")(lambda: "binary mask")
    return registry


def test_a_registered_builder_is_found_and_stays_itself(registry):
    def dilated():
        return "dilated mask"

    assert registry.register("dilated")(dilated) is dilated
    assert registry["dilated"] is dilated
    assert registry["soft"]() == "soft mask"


def test_names_are_sorted_and_asked_for_with_in(registry):
    assert registry.names() == ["binary", "soft"]
    assert "soft" in registry and "sofft" not in registry


def test_a_name_registered_twice_is_an_error_and_the_first_stays(registry):
    with pytest.raises(ValueError, match="guidance kind 'soft' is registered twice"):
        registry.register("soft")(lambda: "another")
    assert registry["soft"]() == "soft mask"


def test_an_unknown_name_brings_the_nearest_and_all_known(registry):
    with pytest.raises(InputError) as error:
        registry["sofft"]
    assert str(error.value) == "unknown guidance kind 'sofft'; did you mean 'soft'? (known: binary, soft)"


def test_a_name_like_no_other_brings_no_guess(registry):
    with pytest.raises(InputError, match=r"^unknown guidance kind 'xyz' \(known: binary, soft\)$"):
        registry["xyz"]


def test_registries_do_not_share_names(registry):
    assert Registry("model").names() == []


@pytest.mark.parametrize(("name", "expected"), [("epoch", "epochs"), ("bach_size", "batch_size")])
def test_nearest(name, expected):
    assert nearest(name, ["epochs", "batch_size", "seed"]) == f"; did you mean {expected!r}?"


def test_nearest_of_something_else_is_nothing():
    assert nearest("colour", ["epochs", "seed"]) == ""
    assert nearest(5, []) == ""
