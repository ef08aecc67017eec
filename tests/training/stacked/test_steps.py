from hypothesis import given
from hypothesis import strategies as st

from fer_lib.training.stacked.steps import epoch_steps


@given(images=st.lists(st.integers(2, 60), min_size=1, max_size=8), size=st.integers(2, 16))
def test_every_model_sees_its_batches_in_order(images, size):
    images = sorted((n - (n % size == 1) for n in images), reverse=True)
    seen = [[] for _ in images]
    for models, part in epoch_steps([divmod(n, size) for n in images], size):
        for own in seen[models]:
            own.append(list(range(part.start, part.stop)))
    expected = [[list(range(n))[start : start + size] for start in range(0, n, size)] for n in images]
    assert seen == expected


def test_models_with_a_batch_of_one_size_take_a_step_together():
    found = list(epoch_steps([(2, 3), (1, 3), (1, 3), (0, 5)], 8))
    assert found == [
        (slice(0, 3), slice(0, 8)), (slice(0, 1), slice(8, 16)),
        (slice(0, 1), slice(16, 19)), (slice(1, 3), slice(8, 11)), (slice(3, 4), slice(0, 5)),
    ]  # fmt: skip
