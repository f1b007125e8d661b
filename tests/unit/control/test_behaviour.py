"""Control on the in-memory store."""

import pytest

from tests.behaviour import *  # noqa: F403 - the tests are there
from tests.behaviour import World, make_world
from tests.behaviour_approvals import *  # noqa: F403
from tests.behaviour_awaiting import *  # noqa: F403
from tests.behaviour_campaigns import *  # noqa: F403
from tests.behaviour_claims import *  # noqa: F403
from tests.behaviour_freezes import *  # noqa: F403
from tests.behaviour_goals import *  # noqa: F403
from tests.behaviour_meeting import *  # noqa: F403
from tests.behaviour_pacing import *  # noqa: F403
from tests.behaviour_resume import *  # noqa: F403
from tests.behaviour_schedules import *  # noqa: F403
from tests.behaviour_settle import *  # noqa: F403
from tests.behaviour_storm import *  # noqa: F403
from tests.behaviour_tiers import *  # noqa: F403
from tests.behaviour_undo import *  # noqa: F403
from tests.behaviour_windows import *  # noqa: F403


@pytest.fixture
def world() -> World:
    return make_world()
