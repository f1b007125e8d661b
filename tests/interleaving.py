"""Invocations that take turns, call by call: each is run again from its beginning with the answers it has had so far.

A product function is deterministic but for its ports, so its answers say where it stands; see `infra.verify.worker`.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.control.ports import Ports

Run = Callable[[Ports], object]


class _Pause(BaseException):
    def __init__(self, verb: str, arguments: tuple[Any, ...], options: Mapping[str, Any]) -> None:
        self.verb, self.arguments, self.options = verb, arguments, options


@dataclass
class _Tape:
    """Every port: answers from the tape, then pauses. The clock does not pause: it stands still."""

    answers: Sequence[Any]
    real: Ports
    at: int = 0

    def __getattr__(self, verb: str) -> Any:
        if verb == "now":
            return self.real.clock.now

        def call(*arguments: Any, **options: Any) -> Any:
            if self.at == len(self.answers):
                raise _Pause(verb, arguments, options)
            self.at += 1
            return copy.deepcopy(self.answers[self.at - 1])

        return call


@dataclass
class Invocation:
    """One delivery under way. Lambda delivers again what dies, so a crash begins it anew."""

    run: Run
    answers: list[Any] = field(default_factory=list)
    done: bool = False
    crashes: int = 0

    def step(self, real: Ports, *, crash: bool | None = None) -> None:
        """Make the next call; `crash`: die before it takes effect (False) or after (True)."""
        tape = _Tape(self.answers, real)
        ports = Ports(*[tape] * len(Ports._fields))
        try:
            self.run(ports)
        except _Pause as pause:
            if crash is not False:
                answer = _find_port(real, pause.verb)(*pause.arguments, **pause.options)
                self.answers.append(copy.deepcopy(answer))
            if crash is not None:
                self.answers, self.crashes = [], self.crashes + 1
        else:
            self.done = True

    def finish(self, real: Ports) -> None:
        """Go on to the end, alone."""
        while not self.done:
            self.step(real)


def _find_port(real: Ports, verb: str) -> Any:
    return next(getattr(port, verb) for port in real if hasattr(port, verb))
