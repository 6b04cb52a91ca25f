"""The strict reader: what senders really send comes in, and everything that is wrong is said at once."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.catalogue import KINDS
from shared.domain.envelope import InvalidEvent, arrival, arrival_of, check, check_received, content_hash
from shared.domain.fault import CODES

SOURCE = "urn:nld:oin:00000099000000001000:systeem:sis-voorbeeld"
BSN = "111222333"  # synthetic
RECEIVED = datetime(2026, 9, 28, 7, 0, 1, tzinfo=UTC)
Json = dict[str, Any]


def data(kind: str = "mbo.application.status", /, **changed: Any) -> Json:
    """The example of a kind; a field that is `...` is left out."""
    told = {**KINDS[kind].example, **changed}
    return {name: value for name, value in told.items() if value is not ...}


def event(kind: str = "mbo.application.status", /, **changed: Any) -> Json:
    """A structured CloudEvent; an attribute that is `...` is left out."""
    told: Json = {
        "specversion": "1.0",
        "id": "0f5b9a52-6d5c-4c2b-9d0e-1a2b3c4d5e6f",
        "source": SOURCE,
        "type": KINDS[kind].wire_type,
        "time": "2026-09-28T09:00:00+02:00",
        "datacontenttype": "application/json",
        "data": data(kind),
    } | changed
    return {name: value for name, value in told.items() if value is not ...}


def refused(told: object) -> InvalidEvent:
    with pytest.raises(InvalidEvent) as caught:
        check(told)
    assert {fault.code for fault in caught.value.faults} <= CODES
    return caught.value


def faults(told: object) -> dict[str, str]:
    """Pointer and code of everything that is wrong."""
    return {fault.pointer: fault.code for fault in refused(told).faults}


def in_base64(text: str | bytes) -> str:
    return b64encode(text if isinstance(text, bytes) else text.encode()).decode()


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_each_kind_comes_in(kind: str) -> None:
    checked = check(event(kind))
    assert checked.kind is KINDS[kind]
    assert checked.data == KINDS[kind].example
    assert checked.year == 2026
    if checked.kind.of_learner:
        assert checked.student_ref == checked.data["studentRef"]
    assert checked.sender == checked.data["senderOrg"]
    assert checked.time == datetime(2026, 9, 28, 7, tzinfo=UTC)


def test_attributes_that_are_not_ours_are_dropped() -> None:
    told = event(
        subject="x", partitionkey="y", receivedtime="yesterday", traceparent=7, dataschema={"a": [1]}
    )
    assert check(told) == check(event())


@pytest.mark.parametrize("nothing", [..., None])
def test_an_attribute_that_is_null_is_absent(nothing: object) -> None:
    assert check(event(datacontenttype=nothing, data_base64=nothing))
    assert faults(event(id=nothing, time=nothing)) == {"/id": "required", "/time": "required"}


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'],
)
def test_the_content_type_may_carry_a_charset(content_type: str) -> None:
    assert check(event(datacontenttype=content_type))


@pytest.mark.parametrize("content_type", ["text/xml", "application/json; charset=latin1", 7])
def test_another_content_type_is_refused(content_type: object) -> None:
    assert faults(event(datacontenttype=content_type)) == {"/datacontenttype": "enum"}


def test_data_may_come_in_base64() -> None:
    told = event(data=..., data_base64=in_base64(json.dumps(data())))
    assert check(told) == check(event())
    assert check(told | {"data": None}) == check(event()), "null counts as absent"


def test_data_comes_once() -> None:
    assert faults(event(data_base64=in_base64("{}"))) == {"/data_base64": "unknown-field"}
    assert faults(event(data=...)) == {"/data": "required"}


@pytest.mark.parametrize(
    "encoded",
    [
        7,
        "not base64!",
        in_base64(b"\xff"),
        in_base64("{"),
        in_base64('{"a":1,"a":2}'),
        in_base64('{"a":NaN}'),
        in_base64("[" * 20_000),
        in_base64("[" + "1" * 5_000 + "]"),
    ],
    ids=str,
)
def test_base64_is_read_as_strictly_as_a_body(encoded: object) -> None:
    assert faults(event(data=..., data_base64=encoded)) == {"/data_base64": "json"}


def test_what_base64_holds_is_guarded_too() -> None:
    hidden = refused(event(data=..., data_base64=in_base64(json.dumps(data(crebo=BSN)))))
    assert (hidden.code, hidden.faults[0].pointer) == ("bsn-detected", "/data/crebo")
    assert faults(event(data=..., data_base64=in_base64('{"crebo":"\\u0000"}'))) == {"/data/crebo": "text"}


@pytest.mark.parametrize("told", [None, [], "event", 7])
def test_only_an_object_is_an_event(told: object) -> None:
    assert faults(told) == {"": "type"}


@pytest.mark.parametrize(
    ("attribute", "value", "code"),
    [
        ("specversion", "0.3", "enum"),
        ("specversion", 1.0, "type"),
        ("id", "", "pattern"),
        ("id", "12345", "pattern"),
        ("id", "with space", "pattern"),
        ("id", "a" * 65, "pattern"),
        ("id", 7, "type"),
        ("source", "https://sis.example", "pattern"),
        ("source", SOURCE + "\n", "pattern"),
        ("source", "urn:nld:oin:00000099000000001000:systeem:", "pattern"),
        ("type", "nl.school-transitions.vo.learner.promoted.v1", "enum"),
        ("type", ["a"], "type"),
        ("time", "2026-09-28", "date-time"),
        ("time", "2026-09-28T09:00:60Z", "date-time"),
        ("time", "0001-01-01T00:00:00+02:00", "date-time"),
    ],
)
def test_an_attribute_that_does_not_fit_is_named(attribute: str, value: object, code: str) -> None:
    assert faults(event(**{attribute: value})) == {f"/{attribute}": code}


def test_a_chamber_of_commerce_number_may_name_the_source() -> None:
    assert check(event(source="urn:nld:kvknr:12345678:systeem:sis"))


@pytest.mark.parametrize(
    ("kind", "changed", "found"),
    [
        ("mbo.application.status", {"crebo": ...}, {"/data/crebo": "required"}),
        ("mbo.application.status", {"crebo": 25655}, {"/data/crebo": "type"}),
        ("mbo.application.status", {"crebo": "2565"}, {"/data/crebo": "pattern"}),
        ("mbo.application.status", {"crebo": "25655\n"}, {"/data/crebo": "pattern"}),
        ("mbo.application.status", {"status": "PENDING"}, {"/data/status": "enum"}),
        ("mbo.application.status", {"status": None}, {"/data/status": "enum"}),
        ("mbo.application.status", {"level": 5}, {"/data/level": "maximum"}),
        ("mbo.application.status", {"level": 0}, {"/data/level": "minimum"}),
        ("mbo.application.status", {"level": "2"}, {"/data/level": "type"}),
        ("mbo.application.status", {"level": True}, {"/data/level": "type"}),
        ("mbo.application.status", {"level": None}, {"/data/level": "type"}),
        ("mbo.application.status", {"closeReason": None}, {"/data/closeReason": "enum"}),
        ("mbo.application.status", {"statusDate": "2026-02-30"}, {"/data/statusDate": "date"}),
        ("mbo.application.status", {"statusDate": "12-03-2026"}, {"/data/statusDate": "date"}),
        ("mbo.application.status", {"occurredAt": "2026-03-12"}, {"/data/occurredAt": "date-time"}),
        ("mbo.application.status", {"supersedes": "12345"}, {"/data/supersedes": "pattern"}),
        ("mbo.application.status", {"studentRef": "x"}, {"/data/studentRef": "pattern"}),
        ("mbo.application.status", {"student_ref": "x"}, {"/data/student_ref": "unknown-field"}),
        ("mbo.application.status", {"name/~": "x"}, {"/data/name~1~0": "unknown-field"}),
        ("mbo.application.status", {"senderOrg": "RMC"}, {"/data/senderOrg": "pattern"}),
        ("mbo.application.status", {"transitionYear": 1999}, {"/data/transitionYear": "minimum"}),
        ("mbo.application.status", {"sourceSeq": 2**60}, {"/data/sourceSeq": "maximum"}),
        ("mbo.application.status", {"sourceSeq": 1.5}, {"/data/sourceSeq": "type"}),
        ("mbo.enrolment.started", {"enrolmentNo": "00004711"}, {"/data/enrolmentNo": "pattern"}),
        ("mbo.enrolment.ended", {"reasonCode": 4}, {"/data/reasonCode": "enum"}),
        ("vo.learner.listed", {"vulnerable": "yes"}, {"/data/vulnerable": "type"}),
        ("destination.confirmed", {"hoursPerWeek": "24"}, {"/data/hoursPerWeek": "type"}),
        ("destination.confirmed", {"hoursPerWeek": 168}, {"/data/hoursPerWeek": "maximum"}),
        ("contact.recorded", {"by": "vo_school"}, {"/data/by": "enum"}),
        ("event.retracted", {"reason": "de leerling is ziek"}, {"/data/reason": "pattern"}),
        ("attendance.present", {"voSite": "99VA01"}, {"/data": "required"}),
        ("attendance.present", {"enrolmentNo": ...}, {"/data": "required"}),
    ],
)
def test_a_field_that_does_not_fit_is_named_once(kind: str, changed: Json, found: Json) -> None:
    assert faults(event(kind, data=data(kind, **changed))) == found


def test_data_is_an_object() -> None:
    assert faults(event(data=[1])) == {"/data": "type"}


def test_everything_that_is_wrong_is_said_at_once() -> None:
    told = event(specversion="0.3", time="now", data=data(crebo="x", level=9, extra=1, track=...))
    assert faults(told) == {
        "/specversion": "enum",
        "/time": "date-time",
        "/data/crebo": "pattern",
        "/data/level": "maximum",
        "/data/track": "required",
        "/data/extra": "unknown-field",
    }


def test_the_words_are_dutch_and_repeat_no_value() -> None:
    told = event(data=data(crebo="abcde", level=9, closeReason="SECRET"))
    said = {fault.pointer: fault.detail for fault in refused(told).faults}
    assert said["/data/crebo"] == "Moet uit 5 cijfers bestaan."
    assert said["/data/level"] == "Ten hoogste 4."
    assert said["/data/closeReason"].startswith("Moet een van deze zijn: ENTRY_REQUIREMENT, ")
    assert said["/data/closeReason"].endswith("WORK of UNKNOWN.")
    assert not any("abcde" in words or "SECRET" in words for words in said.values())


@pytest.mark.parametrize(
    ("told", "where"),
    [
        (event(data=data(crebo=BSN)), "/data/crebo"),
        (event(data=data(sourceSeq=int(BSN))), "/data/sourceSeq"),
        (event(subject=BSN), "/subject"),
        (event(extension={"deep": [{BSN: "x"}]}), "/extension/deep/0"),
        (event(extension="%31%31%31222333"), "/extension"),
        (event(**{BSN: None}), ""),
        (event(id=BSN), "/id"),
    ],
)
def test_a_number_of_a_person_is_refused_wherever_it_stands(told: Json, where: str) -> None:
    hidden = refused(told)
    assert hidden.code == "bsn-detected"
    assert [(fault.pointer, fault.code) for fault in hidden.faults] == [(where, "bsn-detected")]
    assert BSN not in repr(hidden.faults)


def test_an_id_is_repeated_only_when_it_may_be() -> None:
    assert refused(event(time="now")).event_id == event()["id"]
    assert refused(event(subject=BSN)).event_id == event()["id"]
    for unfit in (BSN, "%31%31%31222333", "with space", 7, None):
        assert refused(event(id=unfit, time="now")).event_id is None


def test_text_that_cannot_be_kept_is_refused() -> None:
    assert faults(event(data=data(crebo="\0"), extension=float("inf"))) == {
        "/data/crebo": "text",
        "/extension": "number",
    }


def test_a_municipality_is_stored_without_its_prefix() -> None:
    told = event("vo.learner.listed", data=data("vo.learner.listed", municipality="GM0957"))
    assert check(told).data["municipality"] == "0957"


def test_an_event_may_come_five_minutes_early_and_no_more() -> None:
    checked = check(event())
    check_received(checked, RECEIVED - timedelta(minutes=5, seconds=1))
    with pytest.raises(InvalidEvent) as caught:
        check_received(checked, RECEIVED - timedelta(minutes=5, seconds=2))
    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [("/data/occurredAt", "future")]
    assert caught.value.event_id == checked.event_id


def test_content_is_compared_by_value() -> None:
    kind = "destination.confirmed"
    told = data(kind, hoursPerWeek=24)
    same = [
        event(kind, data=told),
        event(kind, data=dict(reversed(told.items()))),
        event(kind, data=told | {"hoursPerWeek": 24.0}),
        event(kind, data=told, time="2026-09-29T00:00:00Z", datacontenttype=..., dataschema="x"),
    ]
    assert len({content_hash(check(one)) for one in same}) == 1
    assert content_hash(check(event(kind, data=told | {"hoursPerWeek": 25}))) != content_hash(check(same[0]))
    assert content_hash(check(event(kind, data=told | {"hoursPerWeek": 24.5})))


def test_the_type_belongs_to_the_content() -> None:
    assert content_hash(check(event("vo.exam.result"))) != content_hash(check(event()))


def test_an_event_arrives_with_its_fact() -> None:
    told = event(data=data(sourceSeq=3, supersedes="e-2"))
    arrived = arrival(check(told), RECEIVED)
    version = arrived.version
    assert (arrived.student_ref, arrived.year, arrived.key_version) == (told["data"]["studentRef"], 2026, 1)
    assert arrived.subject_key == "app:99MA:00012345"
    assert (version.kind, version.source, version.event_id) == ("mbo.application.status", SOURCE, told["id"])
    assert (version.sender, version.seq, version.supersedes) == ("99MA", 3, "e-2")
    assert (version.received_at, version.recorded_at) == (RECEIVED, datetime(2026, 9, 28, 7, tzinfo=UTC))
    assert not {"studentRef", "senderOrg", "occurredAt"} & set(version.fields)


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "PENDING"},
        {"statusDate": "soon"},
        {"applicationRef": ...},
        {"occurredAt": "now"},
        {"occurredAt": 1},
    ],
)
def test_behind_the_door_what_cannot_be_read_raises(changed: Json) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        arrival_of(
            KINDS["mbo.application.status"].wire_type, "e1", SOURCE, RECEIVED, RECEIVED, data(**changed)
        )


def test_behind_the_door_an_unknown_type_raises() -> None:
    with pytest.raises(KeyError):
        arrival_of("nl.school-transitions.unknown.v1", "e1", SOURCE, RECEIVED, RECEIVED, data())


@pytest.mark.parametrize("kind", ["attendance.absent", "attendance.present", "contact.recorded"])
def test_what_happened_on_a_day_cannot_lie_ahead(kind: str) -> None:
    told = event(kind, data=data(kind, date="2026-12-14", occurredAt="2026-09-28T08:00:00+02:00"))
    check_received(check(told), datetime(2026, 12, 14, 9, tzinfo=UTC))
    with pytest.raises(InvalidEvent) as caught:
        check_received(check(told), datetime(2026, 12, 13, 9, tzinfo=UTC))
    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [("/data/date", "future")]
