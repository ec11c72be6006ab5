"""What all tests share: one thread, properties without a stopwatch, random numbers that start anew for each test."""

import pytest
import torch
from hypothesis import settings

torch.set_num_threads(1)  # tests run side by side, and thread counts would change the last digits
settings.register_profile("laws", settings.default, deadline=None, max_examples=25)
settings.load_profile("laws")


@pytest.fixture(autouse=True)
def _same_random_numbers():
    torch.manual_seed(0)
