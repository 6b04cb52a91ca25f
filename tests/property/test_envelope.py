"""Laws of the door: whatever comes, it is read, or refused in our words; and what is read can be kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.catalogue import KINDS
from shared.domain.envelope import InvalidEvent, arrival, check, content_hash
from shared.domain.fault import CODES, Fault

AT = datetime(2026, 9, 28, 9, tzinfo=UTC)
BSN = "111222333"  # synthetic
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
)
kinds = st.sampled_from(sorted(KINDS))


def event(kind: str, /, **changed: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "e-1",
        "source": "urn:nld:oin:00000099000000001000:systeem:sis-voorbeeld",
        "type": KINDS[kind].wire_type,
        "time": "2026-09-28T09:00:00+02:00",
        "data": {**KINDS[kind].example, **changed},
    }


def judge(told: Any) -> None:
    """Check an event, and hold what comes of it against the law."""
    faults: tuple[Fault, ...] = ()
    try:
        checked = check(told)
    except InvalidEvent as refused:
        faults = refused.faults
    else:
        kept = arrival(checked, AT)
        assert checked.kind.effect(kept.version.fields)
        assert len(content_hash(checked)) == 32
        return
    assert faults
    assert {fault.code for fault in faults} <= CODES
    assert all(fault.pointer.startswith("/") or not fault.pointer for fault in faults)


@given(values)
def test_any_json_is_read_or_refused(told: Any) -> None:
    judge(told)


@given(kinds, st.data(), values)
def test_any_value_in_any_field_is_read_or_refused(kind: str, data: st.DataObject, value: Any) -> None:
    fields = KINDS[kind].payload.model_json_schema()["properties"]
    judge(event(kind, **{data.draw(st.sampled_from([*fields, "extra"])): value}))


@given(kinds, st.sampled_from(["specversion", "id", "source", "type", "time", "data", "x"]), values)
def test_any_value_in_any_attribute_is_read_or_refused(kind: str, name: str, value: Any) -> None:
    judge(event(kind) | {name: value})


@given(kinds, values, st.sampled_from([BSN, int(BSN), float(BSN), "%31%31%31222333", f" {BSN} "]))
def test_a_number_of_a_person_never_comes_in(kind: str, around: Any, number: Any) -> None:
    for hidden in ([around, number], {"around": around, "deep": [{"er": number}]}, {BSN: around}):
        with pytest.raises(InvalidEvent) as refused:
            check(event(kind) | {"extension": hidden})
        assert refused.value.code == "bsn-detected"
        assert BSN not in repr(refused.value.faults)
