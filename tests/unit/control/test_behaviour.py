"""Control on the in-memory store."""

import pytest

from tests.behaviour import *  # noqa: F403 - the tests are there
from tests.behaviour import World, make_world


@pytest.fixture
def world() -> World:
    return make_world()
