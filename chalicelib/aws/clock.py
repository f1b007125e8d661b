"""The time, and waiting a moment before a retry: the only place that asks the machine for either."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime

BASE_S, CAP_S = 0.02, 0.8


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Give the aware UTC time."""
        return datetime.now(UTC)


def pause(attempt: int) -> None:
    """Wait before another attempt: full jitter under a doubling cap, as AWS advises."""
    time.sleep(random.uniform(0, min(CAP_S, BASE_S * 2**attempt)))  # noqa: S311 - jitter is no secret


class Gait:
    """Keeps what one worker does apart: so many a second at most, whatever each takes."""

    def __init__(
        self,
        a_second: float,
        tell: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._step_s = 1 / a_second
        self._tell, self._sleep = tell, sleep
        self._free_at = 0.0

    def wait(self) -> None:
        """Wait until the next one may begin."""
        now = self._tell()
        if now < self._free_at:
            self._sleep(self._free_at - now)
        self._free_at = max(now, self._free_at) + self._step_s
