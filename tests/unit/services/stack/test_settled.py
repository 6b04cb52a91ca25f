"""What a barrier waits for, in words."""

from __future__ import annotations

from services.stack.settled import NotSettled, Waiting


def test_nothing_to_wait_for_is_settled() -> None:
    assert not Waiting(barrier=False, partitions=0, actions=0, messages=0)


def test_each_thing_to_wait_for_is_named() -> None:
    waiting = Waiting(barrier=True, partitions=3, actions=0, messages=2, deliveries=1)

    assert waiting
    assert str(waiting) == (
        "the barrier is not in the log yet (does registration run?); "
        "3 partitions behind (do placement and the alerts worker run?); 2 outbox rows not yet sent; "
        "1 deliveries not yet tried (does alerts-deliver run?)"
    )
    assert "not settled after 60 s" in str(NotSettled(waiting, 60))
