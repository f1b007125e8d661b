"""`/v1/rules`."""

from chalicelib.api.core import Core
from chalicelib.api.entries import describe_rule, list_rules
from chalicelib.api.problems import UnknownRule
from chalicelib.api.route import Answer, Asked, Nothing, Route, give
from chalicelib.api.schemas.catalog import RuleDetail, RuleList
from chalicelib.catalog.model import Role


def _get_rules(core: Core, _: Asked[Nothing, Nothing]) -> Answer:
    return give(list_rules(core))


def _get_rule(core: Core, asked: Asked[Nothing, Nothing]) -> Answer:
    return give(describe_rule(core, asked.path["name"]))


ROUTES = (
    Route("GET", "/v1/rules", _get_rules, Role.VIEWER, "List the rules", {200: RuleList}, Nothing, Nothing),
    Route(
        "GET", "/v1/rules/{name}", _get_rule, Role.VIEWER, "Give one rule with its pattern and branches",
        {200: RuleDetail}, Nothing, Nothing, (UnknownRule,),
    ),
)  # fmt: skip
