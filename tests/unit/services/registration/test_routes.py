"""The door: what is accepted, what is refused and in which words, and what a retry does."""

from __future__ import annotations

import base64
import json

import pytest
from structlog.testing import capture_logs

from shared.domain.ids import receipt_id
from shared.runtime.topics import partition_of
from tests.unit.services.registration.door import (
    BSN,
    NOW,
    REF,
    SOURCE,
    STRUCTURED,
    House,
    Json,
    event,
    opened,
)


def pointers(problem: Json) -> list[str]:
    return [error["pointer"] for error in problem["errors"]]


def test_an_event_lies_in_the_log_before_its_sender_hears_accepted(house: House) -> None:
    answer = house.post(event())
    assert answer.status_code == 202
    receipt = receipt_id(SOURCE, "ev-1")
    assert answer.json() == {
        "results": [{"index": 0, "outcome": "accepted", "id": "ev-1", "receiptId": receipt}]
    }
    (message,) = house.log.messages
    assert message.key == REF.encode()
    assert json.loads(message.value or b"") == event()["data"]
    assert house.book.accepted[receipt].offset == 0


def test_the_receipt_of_an_event_holds_neither_body_nor_pseudonym(house: House) -> None:
    house.post(event())
    ((entry, _),) = house.book.entries.values()
    assert REF not in repr(entry)


def test_the_same_event_again_is_a_duplicate_and_is_not_sent_again(house: House) -> None:
    house.post(event())
    answer = house.post(event())
    assert answer.status_code == 202
    assert answer.json()["results"][0]["outcome"] == "duplicate"
    assert len(house.log.messages) == 1


def test_what_a_library_rewrites_on_a_resend_does_not_make_another_event(house: House) -> None:
    first = event()
    again = event() | {
        "time": "2026-05-12T15:00:00Z",
        "datacontenttype": "application/json; charset=utf-8",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "data": dict(reversed(list(first["data"].items()))),
    }
    house.post(first)
    assert house.post(again).json()["results"][0]["outcome"] == "duplicate"


def test_an_id_that_is_used_for_something_else_is_refused(house: House) -> None:
    house.post(event())
    answer = house.post(event(level=3))
    assert answer.status_code == 409
    assert answer.json()["code"] == "event-id-reused"
    assert len(house.log.messages) == 1


def test_when_kafka_does_not_acknowledge_the_sender_tries_again_and_is_accepted(house: House) -> None:
    house.log.away = True
    answer = house.post(event())
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert house.book.accepted == {}
    house.log.away = False
    assert house.post(event()).json()["results"][0]["outcome"] == "accepted"


def test_a_retry_with_other_content_is_refused_also_while_the_first_is_pending(house: House) -> None:
    house.log.away = True
    house.post(event())
    house.log.away = False
    assert house.post(event(level=3)).status_code == 409


def test_without_a_database_nothing_is_sent(house: House) -> None:
    house.book.away = True
    answer = house.post(event())
    assert answer.status_code == 503
    assert answer.json()["code"] == "unavailable"
    assert house.log.messages == []


def test_everything_that_is_wrong_is_said_at_once(house: House) -> None:
    wrong = event(crebo="12", level=9, surprise=1, status=None) | {"source": "me", "specversion": "0.3"}
    answer = house.post(wrong)
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["type"] == "https://transfers.example/problems/invalid-input"
    assert problem["code"] == "invalid-input"
    assert problem["instance"] == "/registration/v1/events"
    assert set(pointers(problem)) == {
        "/specversion",
        "/source",
        "/data/crebo",
        "/data/level",
        "/data/status",
        "/data/surprise",
    }


def test_a_refused_value_is_never_repeated(house: House) -> None:
    answer = house.post(event(crebo="geheim-geheim", track="Jan Jansen"))
    assert answer.status_code == 400
    assert "geheim" not in answer.text
    assert "Jansen" not in answer.text


@pytest.mark.parametrize(
    "hiding",
    [
        pytest.param(event(applicationRef=BSN), id="a value"),
        pytest.param(event(sourceSeq=int(BSN)), id="a number"),
        pytest.param(event(**{BSN: 1}), id="the name of a field"),
        pytest.param(event() | {"comment": BSN}, id="an extension that is dropped"),
        pytest.param(event() | {"subject": f"%31{BSN[1:]}"}, id="percent-encoded"),
        pytest.param(event(deep={"list": [{"x": f" {BSN} "}]}), id="deep inside"),
        pytest.param(event(BSN), id="the id"),
    ],
)
def test_the_number_of_a_person_is_refused_and_not_repeated(house: House, hiding: Json) -> None:
    for answer in (house.post(hiding), house.post([hiding])):
        assert answer.status_code == 400
        assert "bsn-detected" in answer.text
        assert BSN[1:] not in answer.text
    assert house.book.entries == {}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="half of it"),
        pytest.param(b"\xff", id="no UTF-8"),
        pytest.param(b'{"id":"a","id":"b"}', id="a key twice"),
        pytest.param(b'{"id":1e400}', id="an infinity"),
        pytest.param(b'{"id":NaN}', id="no number"),
        pytest.param(b'{"id":"\\u0000"}', id="U+0000"),
        pytest.param(b'{"id":"\\ud800"}', id="half a letter"),
        pytest.param(b'{"id":' + b"[" * 40 + b"]" * 40 + b"}", id="too deep"),
        pytest.param(b"[]", id="a list"),
    ],
)
def test_what_is_no_event_is_invalid_input(house: House, body: bytes) -> None:
    answer = house.post(body, content_type=STRUCTURED)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid-input"


def test_data_may_come_in_base64(house: House) -> None:
    given = event()
    given["data_base64"] = base64.b64encode(json.dumps(given.pop("data")).encode()).decode()
    assert house.post(given).status_code == 202


def test_headers_of_the_binary_mode_mean_nothing_beside_a_structured_event(house: House) -> None:
    house.post(event(), **{"ce-id": "other", "ce-source": "urn:other"})
    assert dict(house.log.messages[0].headers)["ce_id"] == b"ev-1"


def test_something_that_has_yet_to_happen_is_refused(house: House) -> None:
    answer = house.post(event(occurredAt="2026-09-21T08:06:00+02:00"))
    assert answer.status_code == 400
    assert pointers(answer.json()) == ["/data/occurredAt"]
    assert house.post(event("ev-2", occurredAt="2026-09-21T08:04:00+02:00")).status_code == 202


class TestBatch:
    """Items stand alone, and are answered in the order in which they came."""

    def test_each_item_has_an_outcome_of_its_own(self, house: House) -> None:
        house.post(event("known"))
        results = house.results(
            [event("new"), event("known"), event("bad", crebo="1"), event("new"), event("new", level=4), 7]
        )
        assert [one["index"] for one in results] == list(range(6))
        assert [one["outcome"] for one in results] == [
            "accepted",
            "duplicate",
            "rejected",
            "duplicate",
            "rejected",
            "rejected",
        ]
        assert results[2]["problem"]["errors"][0]["pointer"] == "/data/crebo"
        assert results[4]["problem"]["code"] == "event-id-reused"
        assert "id" not in results[5]
        assert len(house.log.messages) == 2

    def test_the_moment_of_receipt_rises_from_item_to_item(self, house: House) -> None:
        house.post([event(f"ev-{number}") for number in range(20)])
        assert house.log.moments == sorted(set(house.log.moments))

    def test_a_copy_that_may_not_be_sent_does_not_spoil_the_one_that_may(self, house: House) -> None:
        results = house.results([event("x", senderOrg="99ZZ"), event("x")])
        assert [one["outcome"] for one in results] == ["rejected", "accepted"]
        assert results[0]["problem"]["code"] == "forbidden"

    def test_a_copy_of_what_could_not_be_sent_has_not_arrived_either(self, house: House) -> None:
        house.log.deaf = {partition_of(REF)}
        other = "A" * 43
        results = house.results([event("x"), event("x"), event("y", studentRef=other)])
        assert [one["outcome"] for one in results] == ["rejected", "rejected", "accepted"]
        assert {one["problem"]["code"] for one in results[:2]} == {"unavailable"}

    def test_nothing_but_refusals_is_a_refusal_with_each_reason(self, house: House) -> None:
        answer = house.post([event("a", level=0), event("b", track=None)])
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
        assert [one["outcome"] for one in answer.json()["results"]] == ["rejected", "rejected"]

    def test_when_kafka_is_away_all_of_it_is_to_be_sent_again(self, house: House) -> None:
        house.log.away = True
        answer = house.post([event("a"), event("b")])
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")

    def test_an_empty_batch_is_fine(self, house: House) -> None:
        answer = house.post([])
        assert (answer.status_code, answer.json()) == (202, {"results": []})

    def test_five_hundred_are_taken_and_one_more_is_not(self, house: House) -> None:
        many = [event(f"ev-{number}") for number in range(501)]
        assert house.post(many).status_code == 413
        assert house.log.messages == []
        assert house.post(many[1:]).status_code == 202
        assert len(house.log.messages) == 500

    def test_one_event_is_no_batch(self, house: House) -> None:
        assert house.post(event(), content_type="application/cloudevents-batch+json").status_code == 400


class TestSize:
    """What is too large is refused before it is read as a whole."""

    def test_an_event_of_64_kib_is_the_largest(self, house: House) -> None:
        assert house.post(_of_size(64 * 1024)).status_code == 202
        assert house.post(_of_size(64 * 1024 + 1)).status_code == 413

    def test_an_event_that_is_too_large_is_refused_in_a_batch_too(self, house: House) -> None:
        large = json.loads(_of_size(65 * 1024))
        assert house.post([event(), large]).status_code == 413
        assert house.log.messages == []

    def test_a_body_over_two_mib_is_refused(self, house: House) -> None:
        body = b"[" + b" " * (2 * 1024 * 1024) + b"]"
        assert house.post(body, content_type="application/cloudevents-batch+json").status_code == 413

    def test_a_body_in_chunks_is_counted_as_it_comes(self, house: House) -> None:
        answer = house.http.post(
            "/registration/v1/events",
            content=(b" " * 4096 for _ in range(20)),
            headers={"authorization": "Bearer sis", "content-type": STRUCTURED},
        )
        assert answer.status_code == 413
        assert answer.json()["code"] == "too-large"


class TestContentType:
    """Only what we know how to read is read."""

    @pytest.mark.parametrize(
        "media",
        [
            "Application/CloudEvents+JSON",
            "application/cloudevents+json; charset=UTF-8",
            'application/cloudevents+json;charset="utf-8";x=y',
        ],
    )
    def test_case_and_parameters_mean_nothing(self, house: House, media: str) -> None:
        assert house.post(event(), content_type=media).status_code == 202

    @pytest.mark.parametrize(
        "media",
        [
            "application/json",
            "text/plain",
            "",
            "application/cloudevents+json; charset=iso-8859-1",
            "application/cloudevents+xml",
        ],
    )
    def test_anything_else_is_415(self, house: House, media: str) -> None:
        answer = house.post(b"{", content_type=media)
        assert answer.status_code == 415
        assert answer.json()["code"] == "unsupported-media-type"


class TestAccess:
    """Who may post, and for whom."""

    def test_without_a_token_nobody_is_anybody(self, house: House) -> None:
        answer = house.http.post("/registration/v1/events?access_token=sis", content=b"{}")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"

    def test_a_token_of_an_unknown_system_is_not_enough(self, house: House) -> None:
        assert house.post(event(), authorization="Bearer stranger").status_code == 403

    def test_a_token_without_the_scope_is_not_enough(self, house: House) -> None:
        assert house.post(event(), authorization="Bearer sis/receipts:read").status_code == 403

    @pytest.mark.parametrize(
        "foreign",
        [
            pytest.param(event() | {"source": SOURCE + "-2"}, id="the source of another"),
            pytest.param(event(senderOrg="99ZZ"), id="an organisation of another"),
        ],
    )
    def test_a_client_speaks_for_nobody_else(self, house: House, foreign: Json) -> None:
        answer = house.post(foreign)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert house.book.entries == {}

    def test_who_sends_too_fast_waits(self) -> None:
        with opened(House(rate=10)) as house:
            house.post([event(f"ev-{number}") for number in range(25)])
            answer = house.post(event("one-more"))
            assert answer.status_code == 429
            assert int(answer.headers["retry-after"]) >= 1
            assert len(house.log.messages) == 25


class TestFirstOfTheDay:
    """Who was silent until today is told to those who watch, before the sender is answered."""

    def test_the_first_event_waits_for_it_and_the_second_does_not(self, house: House) -> None:
        house.post(event("a"))
        house.post(event("b"))
        assert house.registers.waited == [{"99MA"}]

    def test_when_it_cannot_be_told_the_sender_tries_again(self, house: House) -> None:
        house.registers.behind = True
        assert house.post(event()).status_code == 503
        house.registers.behind = False
        assert house.post(event()).json()["results"][0]["outcome"] == "duplicate"


def test_a_fault_of_ours_tells_nothing_about_our_insides(house: House) -> None:
    house.book.fault = RuntimeError("the secret of the house")
    with capture_logs() as logged:
        answer = house.post(event())
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text + repr(logged)
    assert logged[0]["error"] == "RuntimeError"
    assert answer.headers["api-version"] == "1.0.0"


def test_the_clock_of_the_platform_says_when_it_was_received(house: House) -> None:
    house.post(event())
    assert house.log.moments[0].startswith(NOW.strftime("%Y-%m-%dT%H:%M:%S"))


def _of_size(size: int) -> bytes:
    """An event of so many bytes; an extension fills it, and is dropped."""
    given = event(f"ev-{size}") | {"filling": ""}
    missing = size - len(json.dumps(given))
    return json.dumps(given | {"filling": "x" * missing}).encode()
