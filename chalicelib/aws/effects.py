"""Whether anything this invocation asked of AWS may have taken effect.

A throttled call changed nothing, and `Throttled` says so. But the call before it may have succeeded, and so may an
earlier attempt of the same call whose answer was lost before botocore tried again; then nobody may say "nothing done",
or a lock would be freed under a running effect. So every attempt is watched, not only the last.
"""

from typing import Any

from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError

from chalicelib.aws.faults import classify_code

_LOOKING = ("Describe", "Get", "List")
_REFUSED = 300


class Effects:
    """Watches the attempts of clients. Anything but a Describe, Get or List counts as an act."""

    def __init__(self) -> None:
        self.possible = False
        """Whether an act has succeeded, or has failed in a way that leaves it unknown, since the last `forget`."""

    def forget(self) -> None:
        """Begin a new invocation."""
        self.possible = False

    def watch(self, client: Any) -> None:
        """Watch every attempt of a botocore client from now on."""
        client.meta.events.register("response-received", self._note)

    def _note(
        self,
        event_name: str,
        response_dict: dict[str, Any] | None = None,
        parsed_response: dict[str, Any] | None = None,
        exception: Exception | None = None,
        **_: Any,
    ) -> None:
        if not event_name.rpartition(".")[2].startswith(_LOOKING):
            self.possible |= _may_act(response_dict, parsed_response, exception)


def _may_act(
    response: dict[str, Any] | None,
    parsed: dict[str, Any] | None,
    exception: Exception | None,
) -> bool:
    if isinstance(exception, (ConnectTimeoutError, EndpointConnectionError)):
        return False
    if response is None or response["status_code"] < _REFUSED:
        return True
    code = (parsed or {}).get("Error", {}).get("Code", "")
    return not classify_code(code, response["status_code"]).nothing_done
