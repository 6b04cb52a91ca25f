"""`transfers replay`: what it reads, what it refuses with a line number, and what it prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.__main__ import main
from shared.domain.ids import handle
from tests.tale import AMSTERDAM, REF, Tale, local, moment

Json = dict[str, Any]
AT = "2026-04-22T12:00:00+02:00"
INSTITUTIONS: list[Json] = [
    {
        "org": "99VA",
        "role": "vo_school",
        "name": "Vmbo Oost",
        "sites": [{"site": "99VA00", "municipality": "0957", "holidayRegion": "zuid"}],
    },
    {"org": "RMC38", "role": "rmc_desk", "region": "38"},
]


def lines(tale: Tale) -> list[Json]:
    """The events of a tale as CloudEvents with the moment they were received."""
    found = []
    for arrival in tale.arrivals:
        version = arrival.version
        data = {
            "studentRef": tale.ref,
            "keyVersion": 1,
            "transitionYear": tale.year,
            "senderOrg": version.sender,
            "occurredAt": version.occurred_at.astimezone(AMSTERDAM).isoformat(),
        }
        found.append(
            {
                "specversion": "1.0",
                "id": version.event_id,
                "source": version.source,
                "type": f"nl.school-transitions.{version.kind}.v1",
                "time": version.recorded_at.isoformat(),
                "receivedtime": version.received_at.isoformat(),
                "data": data | version.fields,
            }
        )
    return found


@pytest.fixture
def told(tmp_path: Path) -> Tale:
    tale = Tale()
    tale.listed("2025-11-03")
    return tale


def write(path: Path, items: list[Json]) -> str:
    path.write_text("".join(json.dumps(one) + "\n" for one in items))
    return str(path)


def replay(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Json]:
    status = main(["replay", *words, "--json"])
    out = capsys.readouterr().out
    found: Json = json.loads(out) if out else {}
    return status, found


def test_a_document_with_the_learner_the_alert_and_the_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: Tale
) -> None:
    events = write(tmp_path / "a.jsonl", lines(told))
    registered = write(tmp_path / "i.jsonl", INSTITUTIONS)
    status, found = replay(capsys, events, "--at", AT, "--institutions", registered)
    assert status == 0
    assert (found["at"], found["policyVersion"], found["rejected"]) == ("2026-04-22T10:00:00Z", "2026-1", [])
    (learner,) = found["learners"]
    assert learner["handle"] == handle(REF)
    assert (learner["state"], learner["stateSince"]) == ("EXPECTED", "2025-11-03T11:00:00Z")
    (alert,) = learner["alerts"]
    assert (alert["code"], alert["raisedAt"], alert["level"]) == ("A02", "2026-04-13T04:00:00Z", 2)
    assert alert["ground"].startswith("99VA00 verwacht: mbo") or alert["ground"].startswith("Vmbo Oost")
    assert learner["cases"][0]["alerts"] == [alert["alertId"]]
    counts = {
        "states": {"EXPECTED": 1},
        "alerts": {"A02": {"raised": 1, "open": 1}},
        "cases": {"NEW": 1},
    }
    assert found["summary"] == counts | {"regions": {"38": counts}}
    assert [one["org"] for one in found["institutions"]] == ["99VA"], "a school that sent no more"


def test_any_moment_can_be_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str], told: Tale) -> None:
    events = write(tmp_path / "a.jsonl", lines(told))
    for at, count in (("2026-04-13T05:59", 0), ("2026-04-13T06:00", 1)):
        _, found = replay(capsys, events, "--at", at)
        assert len(found["learners"][0]["alerts"]) == count
    _, before = replay(capsys, events, "--at", "2025-11-01T00:00")
    assert before["learners"] == []


def test_without_receivedtime_an_event_counts_from_its_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: Tale
) -> None:
    event = lines(told)[0]
    del event["receivedtime"]
    events = write(tmp_path / "a.jsonl", [event | {"time": "2026-05-01T10:00:00+02:00"}])
    _, found = replay(capsys, events, "--at", "2026-05-02T00:00")
    assert found["learners"][0]["stateSince"] == "2026-05-01T08:00:00Z"


def test_a_faulty_line_is_named_with_every_fault_and_the_rest_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: Tale
) -> None:
    good = lines(told)[0]
    bad = json.loads(json.dumps(good)) | {"id": "e-bad"}
    bad["data"] |= {"voSite": "nowhere", "grade": "four"}
    path = tmp_path / "a.jsonl"
    path.write_text(f"{json.dumps(bad)}\n\nnot json\n{json.dumps(good)}\n")
    status, found = replay(capsys, str(path), "--at", AT)
    assert status == 1
    first, second = found["rejected"]
    assert (first["file"], first["line"], first["problem"]["code"]) == ("a.jsonl", 1, "invalid-input")
    assert {one["pointer"] for one in first["problem"]["errors"]} == {"/data/voSite", "/data/grade"}
    assert (second["line"], second["problem"]["errors"][0]["code"]) == (3, "json")
    assert len(found["learners"]) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"receivedtime": "yesterday"}, "invalid-input"),
        ({"receivedtime": "2025-10-01T00:00:00Z"}, "invalid-input"),
        ({"data": {"studentRef": "111222333"}}, "bsn-detected"),
    ],
)
def test_what_the_door_would_refuse_is_refused_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: Tale, change: Json, code: str
) -> None:
    event = lines(told)[0]
    event |= change if "data" not in change else {"data": event["data"] | change["data"]}
    status, found = replay(capsys, write(tmp_path / "a.jsonl", [event]), "--at", AT)
    assert (status, [one["problem"]["code"] for one in found["rejected"]]) == (1, [code])


def test_an_id_is_used_for_one_event_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: Tale
) -> None:
    event = lines(told)[0]
    other = event | {"data": event["data"] | {"grade": 3}}
    events = write(tmp_path / "a.jsonl", [event, event, other])
    status, found = replay(capsys, events, "--at", AT)
    assert status == 1
    assert [(one["line"], one["problem"]["code"]) for one in found["rejected"]] == [(3, "event-id-reused")]


def test_actions_are_done_and_refused_ones_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: Tale
) -> None:
    usual = {"role": "rmc_desk", "region": "38", "studentRef": REF, "transitionYear": 2026}
    asked = [
        usual | {"at": "2026-04-14T09:00:00+02:00", "action": "acknowledge", "alert": "A02"},
        usual | {"at": "2026-04-15T09:00:00+02:00", "action": "acknowledge", "alert": "A02"},
        usual | {"at": "2026-05-15T09:00:00+02:00", "action": "assign"},
        usual | {"at": "2026-04-15T09:00:00", "action": "assign"},
        usual | {"action": "assign"},
    ]
    actions = write(tmp_path / "d.jsonl", asked)
    events = write(tmp_path / "a.jsonl", lines(told))
    status, found = replay(capsys, events, "--at", AT, "--actions", actions)
    assert status == 1
    assert found["learners"][0]["alerts"][0]["status"] == "ACKNOWLEDGED"
    assert [(one["file"], one["line"], one["problem"]["code"]) for one in found["rejected"]] == [
        ("d.jsonl", 2, "illegal-move"),
        ("d.jsonl", 4, "invalid-input"),
        ("d.jsonl", 5, "invalid-input"),
    ]


def test_one_learner_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str], told: Tale) -> None:
    other = Tale(ref="another____________________________________"[:43])
    other.listed("2025-11-04", id="other-1")
    events = write(tmp_path / "a.jsonl", lines(told) + lines(other))
    _, everyone = replay(capsys, events, "--at", AT)
    _, alone = replay(capsys, events, "--at", AT, "--learner", REF)
    assert (len(everyone["learners"]), len(alone["learners"])) == (2, 1)


def test_a_policy_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str], told: Tale) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('version = "mild"\nvalid_from = 2025-08-01\ngrace_wd = 10\n')
    events = write(tmp_path / "a.jsonl", lines(told))
    _, found = replay(capsys, events, "--at", AT, "--policy", str(policy))
    assert found["policyVersion"] == "mild"
    assert found["learners"][0]["alerts"][0]["raisedAt"] == "2026-04-20T04:00:00Z"


def test_a_file_that_cannot_be_used_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(tmp_path / "nothing.jsonl")]) == 2
    assert "nothing.jsonl" in capsys.readouterr().err
    policy = tmp_path / "policy.toml"
    policy.write_text("grace = 3")
    assert main(["replay", str(tmp_path), "--policy", str(policy)]) == 2


def test_a_whole_story_and_an_array_can_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: Tale
) -> None:
    events = lines(told)
    array = tmp_path / "array.json"
    array.write_text(json.dumps(events, indent=2))
    _, listed = replay(capsys, str(array), "--at", AT)
    story = tmp_path / "story.json"
    story.write_text(
        json.dumps(
            {
                "title": "one",
                "institutions": INSTITUTIONS,
                "events": [{"at": "2025-11-03T12:00:00+01:00", "post": events[0]}],
                "actions": [],
                "expect": [],
            },
            indent=2,
        )
    )
    _, played = replay(capsys, str(story), "--at", AT)
    assert played["learners"][0]["state"] == listed["learners"][0]["state"] == "EXPECTED"


def test_a_faulty_event_or_action_of_a_story_is_named_by_its_number_and_the_rest_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: Tale
) -> None:
    good = {"at": "2025-11-03T12:00:00+01:00", "post": lines(told)[0]}
    seized = {"role": "rmc_desk", "region": "38", "studentRef": REF, "transitionYear": 2026}
    seized |= {"action": "acknowledge", "alert": "A02", "at": "2026-04-14T09:00:00+02:00"}
    story = {
        "events": [
            {"at": good["at"]},
            good | {"at": "x"},
            good | {"at": "2025-11-03T12:00:00"},
            good | {"at": "9999-12-31T23:59:59.999999Z"},
            {"post": good["post"]},
            good | {"post": [good["post"]]},
            "listed",
            good,
        ],
        "actions": [seized | {"at": "2026-04-14T09:00:00"}, seized],
    }
    status, found = replay(capsys, write(tmp_path / "story.json", [story]), "--at", AT)
    assert status == 1
    assert {one["file"] for one in found["rejected"]} == {"story.json"}
    assert [(one["line"], one["problem"]["errors"][0]["pointer"]) for one in found["rejected"]] == [
        (1, "/post"),
        (1, "/at"),
        (2, "/at"),
        (3, "/at"),
        (4, "/at"),
        (5, "/at"),
        (6, "/post"),
        (7, "/at"),
    ]
    (learner,) = found["learners"]
    assert (learner["state"], learner["alerts"][0]["status"]) == ("EXPECTED", "ACKNOWLEDGED")


@pytest.mark.parametrize("part", ["events", "institutions", "actions"])
def test_a_part_of_a_story_that_is_no_list_is_named_and_the_other_parts_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: Tale, part: str
) -> None:
    story: Json = {"events": [{"at": "2025-11-03T12:00:00+01:00", "post": lines(told)[0]}]}
    status, found = replay(capsys, write(tmp_path / "story.json", [story | {part: 5}]), "--at", AT)
    assert status == 1
    assert [(one["file"], one["line"], one["problem"]["errors"]) for one in found["rejected"]] == [
        ("story.json", 1, [{"pointer": f"/{part}", "code": "type", "detail": "Moet een lijst zijn."}])
    ]
    assert len(found["learners"]) == (part != "events")


@pytest.mark.parametrize("at", ["soon", "0001-01-01", "9999-12-31T23:30Z"])
def test_a_moment_that_is_not_on_the_calendar_is_wrong_use(
    capsys: pytest.CaptureFixture[str], at: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["replay", "events.jsonl", "--at", at])
    assert ended.value.code == 2
    assert f"argument --at: invalid moment value: '{at}'" in capsys.readouterr().err


def test_people_read_totals_or_one_learner(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: Tale
) -> None:
    events = write(tmp_path / "a.jsonl", [*lines(told), {"specversion": "1.0"}])
    assert main(["replay", events, "--at", AT]) == 1
    totals = capsys.readouterr().out
    assert "EXPECTED" in totals
    assert "Rejected" in totals
    assert main(["replay", events, "--at", AT, "--learner", REF]) == 1
    alone = capsys.readouterr().out
    assert handle(REF) in alone
    assert "Nog geen aanmelding voor het mbo" in alone
    assert REF not in alone
    assert main(["replay", events, "--at", AT, "--learner", "nobody"]) == 1


def test_a_moment_without_offset_is_dutch_local_time() -> None:
    assert local(moment("2026-04-13 06:00")) == "2026-04-13 06:00"


def test_a_faulty_institution_is_named_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: Tale
) -> None:
    events = write(tmp_path / "a.jsonl", lines(told))
    registered = write(tmp_path / "i.jsonl", [*INSTITUTIONS, {"org": "nobody", "role": "vo_school"}])
    status, found = replay(capsys, events, "--at", AT, "--institutions", registered)
    assert status == 1
    assert [(one["file"], one["line"]) for one in found["rejected"]] == [("i.jsonl", 3)]


def test_what_two_regions_both_exported_was_done_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: Tale
) -> None:
    usual = {"role": "rmc_desk", "region": "38", "studentRef": REF, "transitionYear": 2026}
    done = usual | {
        "at": "2026-04-22T09:00:00+02:00",
        "action": "move",
        "to": "PARKED",
        "until": "2026-05-04",
    }
    exports = [done | {"actionId": "a"}, done | {"actionId": "a"}]
    events = write(tmp_path / "a.jsonl", lines(told))
    status, found = replay(capsys, events, "--at", AT, "--actions", write(tmp_path / "d.jsonl", exports))
    assert (status, found["rejected"]) == (0, [])
    assert found["learners"][0]["cases"][0]["status"] == "PARKED"


def test_a_fact_with_more_versions_than_are_kept_has_the_same_past(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: Tale
) -> None:
    told.applied("2026-03-02", "RECEIVED", seq=1)
    for number in range(2, 9):
        told.applied("2026-03-09", "INTAKE_DONE", seq=number)
    told.applied("2026-06-15", "OFFERED", seq=9)
    for number in range(10, 16):
        told.applied("2026-07-01", "OFFERED", seq=number)
    events = write(tmp_path / "events.jsonl", lines(told))
    people = write(tmp_path / "institutions.jsonl", INSTITUTIONS)
    _, early = replay(capsys, events, "--institutions", people, "--at", "2026-06-10T12:00:00+02:00")
    _, late = replay(capsys, events, "--institutions", people, "--at", "2026-07-02T12:00:00+02:00")
    found = [one["learners"][0]["alerts"] for one in (early, late)]
    raised = [[(one["code"], one["raisedAt"]) for one in alerts] for alerts in found]
    assert "A03" in [code for code, _ in raised[0]]
    assert raised[1][: len(raised[0])] == raised[0]
