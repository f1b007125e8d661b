"""`/v1/events`: webhooks."""

from chalicelib.api.core import Core
from chalicelib.api.problems import InvalidRequest, TooLarge
from chalicelib.api.route import Answer, Asked, Nothing, Route, give
from chalicelib.api.schemas.people import Taken, WebhookBody
from chalicelib.api.webhooks import NotProven, take_webhook


def _post_event(core: Core, asked: Asked[Nothing, WebhookBody]) -> Answer:
    call = asked.call
    return give(Taken(events=take_webhook(core, call.path["source"], call.headers, call.body)), 202)


ROUTES = (
    Route(
        "POST", "/v1/events/{source}", _post_event, None, "Take events from a sender that signs them itself",
        {202: Taken}, Nothing, WebhookBody, (NotProven, TooLarge, InvalidRequest), open=True, raw=True,
    ),
)  # fmt: skip
