"""Keeping what one worker does apart."""

from chalicelib.aws.clock import Gait


def test_a_worker_does_so_many_a_second_whatever_each_takes_and_saves_up_none() -> None:
    now, slept = [100.0], []

    def sleep(seconds: float) -> None:
        slept.append(round(seconds, 6))
        now[0] += seconds

    gait = Gait(10, lambda: now[0], sleep)
    for takes in (0.03, 0.1, 0.25, 0.02, 0.02):
        gait.wait()
        now[0] += takes
    gait.wait()
    assert slept == [0.07, 0.08, 0.08], "the slow ones wait for nothing, and nobody catches up on them"
