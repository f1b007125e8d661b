"""The time, and waiting a moment before a retry: the only place that asks the machine for either."""

import random
import time
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
