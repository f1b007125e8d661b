"""A fault proxy (microburst) before the local AWS: it answers as AWS does when AWS fails."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

_DIRECT = build_opener(ProxyHandler({}))
_READY_S = 20
_MOST = 100_000
_PATIENCE_S = 30

FAULTS: Mapping[str, Mapping[str, Any]] = {
    "throttled": {"error": {"code": "ThrottlingException"}},
    "server error": {"error": {"code": "InternalServerError", "status": 500}},
    "timed out": {"timeout_ms": 50},
    "connection reset": {"reset": True},
    "committed, response lost": {"response": {"abort_bytes": 0}},
    "committed, response truncated": {"response": {"truncate_frac": 0.5}},
}
"""The last two happen after the request had its effect. A time-out is the gateway's 504: nothing was forwarded."""

ONCE = 1
"""botocore's own retry hides it."""
FOR_GOOD = 1_000
"""All of botocore's attempts fail, and the caller sees it."""


@dataclass(frozen=True)
class FaultProxy:
    """One running proxy."""

    endpoint: str

    def arm(self, fault: str, times: int) -> None:
        """Have the next requests fail, whichever they are."""
        # Step Functions signs as `states`, and a rule of that name never fires: hence every service.
        rule = {"service": "*", "probability": 1.0, "times": times, **FAULTS[fault]}
        self._ask("POST", "rules", [rule])

    def throttle(self, operation: str) -> None:
        """Have every request of an operation throttled until it is disarmed."""
        self._ask(
            "POST", "rules", [{"service": "*", "operation": operation, "probability": 1.0, **FAULTS["throttled"]}]
        )

    def count_fired(self) -> int:
        """Say how often it has failed a request since it was armed."""
        return len(self._ask("GET", f"fired?limit={_MOST}"))

    def disarm(self) -> int:
        """Stop failing; give how often it did."""
        self._ask("POST", "rules", [])
        fired = self.count_fired()
        self._ask("DELETE", "fired")
        return fired

    def _ask(self, method: str, what: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(
            f"{self.endpoint}/_microburst/{what}", data, {"Content-Type": "application/json"}, method=method
        )
        with _DIRECT.open(request, timeout=_PATIENCE_S) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def answers(self) -> bool:
        """Whether it is up."""
        try:
            return self._ask("GET", "health") is not None
        except (URLError, OSError):
            return False


@contextmanager
def running_proxy(upstream: str, *, signs: bool = False) -> Iterator[FaultProxy]:
    """Hold a proxy before an endpoint for a `with` block.

    With `signs`, it signs what it passes on as the local AWS's root user: a role's signature names the proxy's own address, and
    would be refused.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = Path(sys.executable).with_name("microburst")
    command = [str(program), "--upstream", upstream, "--host", "127.0.0.1", "--port", str(port)]
    command += ["--resign"] if signs else []
    root = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    process = subprocess.Popen(
        command, env={**os.environ, **root}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        proxy = FaultProxy(f"http://127.0.0.1:{port}")
        wait = Retrying(
            retry=retry_if_result(lambda up: not up), wait=wait_fixed(0.05), stop=stop_after_delay(_READY_S)
        )
        wait(proxy.answers)
        yield proxy
    finally:
        process.kill()
        process.wait(timeout=10)
