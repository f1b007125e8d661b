import random

import pytest

from tests.soak import find_wrong, soak


@pytest.mark.slow
def test_random_work_with_random_faults_reconciles_exactly() -> None:
    found = soak(20, random.randrange(1_000_000))
    assert find_wrong(found) == {}, found
    assert found["executions"] > 100
    assert found["faults"] > 100
