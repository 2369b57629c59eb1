"""What several tests of the checker need."""

import pytest

from cnnlab.gradcheck.shrinking import make_example
from tests.patience import patience


@pytest.fixture
def time_to_shrink(monkeypatch):
    """Let the number of attempts end the search, and not the time, which is short at home."""
    for limit in ("SHRINKING_SECONDS", "SHRINKING_CLOCK_SECONDS"):
        monkeypatch.setattr(make_example, limit, patience(60))
