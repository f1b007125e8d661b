"""`/v1/me`: whoever signs may ask what they may do."""

from chalicelib.api.core import Core
from chalicelib.api.route import Answer, Asked, Nothing, Route, give
from chalicelib.api.schemas.people import GrantView, Me


def _get_me(_: Core, asked: Asked[Nothing, Nothing]) -> Answer:
    grants = [
        GrantView(
            role=one.role,
            services=list(one.services),
            tiers=list(one.tiers),
            kinds=list(one.kinds),
            up_to=one.up_to,
        )
        for one in asked.permit.grants
    ]
    return give(Me(principal=asked.principal, role=asked.permit.role, grants=grants))


ROUTES = (Route("GET", "/v1/me", _get_me, None, "Say who asks, and what they may do", {200: Me}, Nothing, Nothing),)
