"""Grafana Alerting, with the HMAC signature of its webhook contact point under the default header names.

With a timestamp header the signature is over `<timestamp>:<body>`, and an old one is refused; without, over the body.
"""

from chalicelib.events.webhooks.alerts import read_alerts
from chalicelib.events.webhooks.contract import Adapter, Request, is_fresh, is_same, sign

_SIGNATURE, _TIME = "x-grafana-alerting-signature", "x-grafana-alerting-timestamp"


def proves(request: Request, secret: bytes) -> bool:
    """Check the signature, then the time if there is one: it is part of what is signed."""
    stamp = request.headers.get(_TIME)
    prefix = f"{stamp}:".encode() if stamp is not None else b""
    genuine = is_same(request.headers.get(_SIGNATURE, ""), sign(secret, prefix, request.body))
    return genuine and (stamp is None or is_fresh(stamp, request.now))


ADAPTER = Adapter("grafana", proves, lambda _, body: read_alerts(body))
