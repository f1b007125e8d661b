import pytest

from tests.unit.api.world import FakeCore, Gateway, make_gateway


@pytest.fixture
def core() -> FakeCore:
    return FakeCore()


@pytest.fixture
def api(core: FakeCore) -> Gateway:
    return make_gateway(core)
