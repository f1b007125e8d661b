"""`/v1/plans`."""

from chalicelib.api.core import Core
from chalicelib.api.plans import DRY_RUN, PlanView, make_plan
from chalicelib.api.problems import OutOfScope, UnknownName
from chalicelib.api.route import Answer, Asked, Nothing, Route, give
from chalicelib.api.schemas import StartRequest
from chalicelib.api.starts import Asker
from chalicelib.catalog.model import Role


def _post_plan(core: Core, asked: Asked[Nothing, StartRequest]) -> Answer:
    return give(make_plan(core, Asker(asked.principal, DRY_RUN, asked.permit), asked.body))


ROUTES = (
    Route(
        "POST", "/v1/plans", _post_plan, Role.OPERATOR, "Say what control would say to a start, and change nothing",
        {200: PlanView}, Nothing, StartRequest, (UnknownName, OutOfScope), judged=True,
    ),
)  # fmt: skip
