"""Topics: partitions are where Kafka's own clients look for them, and every topic has its term."""

from __future__ import annotations

import pytest

from shared.runtime.topics import PARTITIONS, RAW_DAYS, TOPICS, TRANSFER_EVENTS, dead_letters, partition_of


@pytest.mark.parametrize(
    ("key", "expected"),
    # the hashes in the UtilsTest of Apache Kafka
    [
        ("21", -973932308),
        ("foobar", -790332482),
        ("a-little-bit-long-string", -985981536),
        ("a-little-bit-longer-string", -1486304829),
    ],
)
def test_a_key_goes_where_other_clients_send_it(key: str, expected: int) -> None:
    assert partition_of(key) == (expected & 0x7FFFFFFF) % PARTITIONS


def test_names_are_kebab_case_and_unique() -> None:
    names = [topic.name for topic in TOPICS]
    assert len(set(names)) == len(names)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz-") for name in names)


def test_raw_events_are_gone_within_a_month() -> None:
    raw = [topic for topic in TOPICS if topic.name in (TRANSFER_EVENTS, dead_letters(TRANSFER_EVENTS))]
    assert [topic.settings["retention.ms"] for topic in raw] == [str(RAW_DAYS * 86_400_000)] * 2
    assert RAW_DAYS < 28


def test_a_sender_cannot_keep_a_record_alive_by_its_clock() -> None:
    assert all(topic.settings["message.timestamp.type"] == "LogAppendTime" for topic in TOPICS)
