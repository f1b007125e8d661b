"""Prometheus Alertmanager. It signs nothing; its `http_config.authorization` sends the secret as a bearer token."""

from chalicelib.events.webhooks.alerts import read_alerts
from chalicelib.events.webhooks.contract import Adapter, Request, is_same


def proves(request: Request, secret: bytes) -> bool:
    """Compare the token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and is_same(token.strip(), secret.decode())


ADAPTER = Adapter("alertmanager", proves, lambda _, body: read_alerts(body))
