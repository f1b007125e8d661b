"""Starting an execution: directly, and by the queue of starts once AWS throttles that. Late, never lost.

AWS lets an account start so many executions a second and region, from a bucket that fills again. Nobody counts along: a
shared counter would be a hot key, and AWS counts anyway. The queue's few workers start so many a second each, which
together stays below what the bucket gains (docs/adr/0018).
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.control.ports import Ports, Start
from chalicelib.identity import digest

STARTS_A_SECOND = 30
"""What one worker of the queue starts at most."""
MOST_TRIES = 8
"""How often the queue tries a start that is throttled each time. Reconcile, which finds it anyway, queues it anew."""
_LONGEST_S = 60


def start(workflow: str, name: str, execution_input: Mapping[str, Any], ports: Ports, tries: int = 0) -> Start:
    """Start an execution under its name, or queue that if AWS throttles it. `tries`: how often the queue had its turn."""
    answer = ports.executions.start(workflow, name, execution_input)
    if answer is Start.THROTTLED and tries < MOST_TRIES:
        ports.delays.pace(name, tries + 1, find_delay(name, tries))
    return answer


def find_delay(name: str, tries: int) -> int:
    """Give the seconds until a start's next turn: none at first, then doubling, spread by its name."""
    if tries == 0:
        return 0
    longest = min(_LONGEST_S, 1 << tries)
    shortest = longest // 2
    return shortest + int(digest([name, str(tries)], 8), 16) % (longest - shortest + 1)
