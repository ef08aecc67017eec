"""What the file system refuses, in the words of a sentence."""

import errno

import pytest

from fer_lib.errors import REFUSED, InputError, refusal, require


def test_a_condition_that_does_not_hold():
    require(True, "never said")
    with pytest.raises(InputError, match="^cores = 0, expected at least 1$"):
        require(False, "cores = 0, expected at least 1")


def test_what_a_user_can_mend_is_a_sentence():
    said = refusal(errno.ENOSPC, "reports/demo/card.json")
    assert said == "reports/demo/card.json: no space left on device, expected more free space"
    assert refusal(errno.EROFS) == "read-only file system, expected a place that you may read and write"
    assert all(refusal(number, "a").startswith("a: ") for number in REFUSED)


@pytest.mark.parametrize("number", [None, errno.ENOENT, errno.EINVAL])
def test_what_nobody_can_mend_is_none(number):
    assert refusal(number, "a") is None
