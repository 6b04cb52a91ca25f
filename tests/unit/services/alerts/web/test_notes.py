"""Notes of a desk: short, of a kind, and without the number of a person."""

from __future__ import annotations

import pytest

from services.alerts.web.notes import BSN, LONGEST, UNFIT, fault_of, judged


@pytest.mark.parametrize(
    "words",
    [
        "Nummer 111222333 gebeld.",
        "bsn:123456782",
        "Het is 123 456 782.",
        "1234.56.782",
        "(111222333)",
    ],
)
def test_the_number_of_a_person_is_not_kept(words: str) -> None:
    assert fault_of(words) == BSN


@pytest.mark.parametrize(
    "words",
    ["Afspraak op 21-9-2026 om 9:00.", "Meldnummer R0000815.", "Bel 0612345678.", "Zaal 12.\nNeem mee: pas."],
)
def test_other_numbers_and_lines_are(words: str) -> None:
    assert fault_of(words) == ""


def test_what_cannot_be_shown_or_is_too_long_is_not() -> None:
    assert fault_of("a\0b") == UNFIT
    assert fault_of("x" * LONGEST) == ""
    assert fault_of("x" * (LONGEST + 1)) == "Ten hoogste 280 tekens; dit zijn er 281."


def test_everything_is_told_at_once_and_kept() -> None:
    filled = judged({"words": "  111222333\r\nbellen  "})
    assert filled.faults == {"kind": "Kies waar het over gaat.", "words": BSN}
    assert filled.values["words"] == "111222333\nbellen"
    assert judged({"kind": "OTHER", "words": "Bellen"}).read == {"kind": "OTHER", "words": "Bellen"}
