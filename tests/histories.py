"""Histories: sequences of anything that can happen to control, as data, so that several stores can live through the same."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from chalicelib.control.cancel import break_dispatch, cancel
from chalicelib.control.freeze import freeze, list_freezes, unfreeze
from chalicelib.control.model import ExecutionStatus
from chalicelib.control.ports import Start
from chalicelib.control.settle import release_held
from chalicelib.identity import ObjectId
from tests.behaviour import World
from tests.builders import HOME, make_event

HOSTS = ("i-0a", "i-0b", "i-0c")
ENDS = (ExecutionStatus.SUCCEEDED, ExecutionStatus.FAILED, ExecutionStatus.TIMED_OUT, ExecutionStatus.ABORTED)


class Command(NamedTuple):
    """One thing that happens; `choice` picks, modulo, among what there is to pick from."""

    verb: str
    arguments: tuple[Any, ...] = ()
    choice: int = 0


_CHOICE = st.integers(0, 9)
COMMANDS = st.one_of(
    st.builds(
        lambda workflow, host, tier, key: Command("ask", (workflow, host, tier, key)),
        st.sampled_from(["host_reboot", "host_stop", "host_tag"]),
        st.sampled_from(HOSTS),
        st.sampled_from(["P0", "P1", "P2"]),
        st.integers(0, 20),
    ),
    st.builds(
        lambda pair, tier, key: Command("swap", (*pair[:2], tier, key)),
        st.permutations(HOSTS),
        st.sampled_from(["P0", "P2"]),
        st.integers(0, 20),
    ),
    st.builds(
        lambda event, host, state: Command("event", (event, host, state)),
        st.integers(0, 5),
        st.sampled_from(HOSTS),
        st.sampled_from(["stopped", "running"]),
    ),
    st.builds(lambda answer: Command("throttle", (answer,)), st.sampled_from([None, Start.THROTTLED])),
    st.builds(lambda seconds: Command("tick", (seconds,)), st.sampled_from([1, 70, 700, 4000])),
    st.builds(
        lambda choice, status, error, told: Command("end", (status, error, told), choice),
        _CHOICE,
        st.sampled_from(ENDS),
        st.sampled_from(["", "NotFound"]),
        st.booleans(),
    ),
    st.builds(
        lambda verb, choice: Command(verb, (), choice),
        st.sampled_from(["tell", "deliver_hold", "cancel", "break", "unfreeze"]),
        _CHOICE,
    ),
    st.builds(lambda host: Command("freeze", (host,)), st.sampled_from(HOSTS)),
)
HISTORIES = st.lists(COMMANDS, min_size=3, max_size=30)


def play(history: Sequence[Command], world: World) -> list[Any]:
    """Let it all happen; give what was answered each time."""
    return [_perform(command, world) for command in history]


def _perform(command: Command, world: World) -> Any:
    match command:
        case Command("ask", (workflow, host, tier, key)):
            return world.ask(workflow, f"r{key}", tier, host=host)
        case Command("swap", (first, second, tier, key)):
            return world.ask("host_swap", f"s{key}", tier, a=first, b=second)
        case Command("event", (event, host, state)):
            return world.event(make_event(f"e{event}-{host}-{state}", host, state))
        case Command("throttle", (answer,)):
            world.executions.answer = answer
            return None
        case Command("tick", (seconds,)):
            world.clock.advance(seconds)
            return sorted(world.tick())
        case Command("freeze", (host,)):
            until = world.clock.now() + timedelta(seconds=600)
            return freeze(
                {"object": str(ObjectId(HOME.account, HOME.region, "host", host))},
                "a sale",
                "ana",
                until,
                (),
                world.ports,
            )
        case _:
            return _perform_chosen(command, world)


def _perform_chosen(command: Command, world: World) -> Any:
    options = _list_options(command, world)
    if not options:
        return None
    chosen = options[command.choice % len(options)]
    match command:
        case Command("end", (status, error, told)):
            world.executions.end(chosen, status, error)
            return world.tell_again(chosen) if told else None
        case Command("tell"):
            return world.tell_again(chosen)
        case Command("deliver_hold"):
            return release_held(chosen, world.ports, world.bundle)
        case Command("cancel"):
            return cancel(chosen, "ana", "not needed", world.ports, world.bundle)
        case Command("break"):
            return break_dispatch(chosen, "ana", "it hangs", world.ports, world.bundle)
        case Command("unfreeze"):
            return unfreeze(chosen, world.ports)
        case _:
            raise AssertionError(command)


def _list_options(command: Command, world: World) -> list[str]:
    executions = world.executions.executions
    match command.verb:
        case "end" | "break":
            return sorted(name for name, one in executions.items() if one.status is ExecutionStatus.RUNNING)
        case "deliver_hold":
            return sorted({name for name, _ in world.delays.sent})
        case "unfreeze":
            return sorted(one.id for one in list_freezes(world.ports))
        case _:
            return sorted(executions)
