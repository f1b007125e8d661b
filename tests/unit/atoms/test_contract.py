from dataclasses import replace

from chalicelib.atoms.contract import Context
from chalicelib.identity import Origin, dispatch_id
from tests.unit.atoms.fakes import DISPATCH, NOW, FakeAws


def key(step: str, dispatch: str) -> str:
    context = Context(
        clients=FakeAws(),
        dispatch=replace(DISPATCH, id=dispatch),
        step=step,
        emit=lambda _: None,
        remaining_ms=lambda: 0,
        now=lambda: NOW,
    )
    return context.idempotency_key


def test_the_idempotency_key_is_the_same_for_every_attempt_and_fits_a_client_token() -> None:
    dispatch = dispatch_id(Origin("e", "r", "o"))
    assert key("x" * 80, dispatch) == key("x" * 80, dispatch)
    assert len(key("x" * 80, dispatch)) <= 64


def test_steps_whose_long_ids_begin_alike_have_keys_of_their_own() -> None:
    dispatch = dispatch_id(Origin("e", "r", "o"))
    assert key("restart_the_blue_checkout_a", dispatch) != key("restart_the_blue_checkout_b", dispatch)
    assert key("start", dispatch) != key("start", dispatch_id(Origin("e", "r", "o", attempt=1)))
