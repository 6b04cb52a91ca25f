"""What was filled in when the session ended: only for the same officer, on the same form, for 15 minutes."""

from __future__ import annotations

import time

import pytest

from services.alerts.web.drafts import KEPT_SECONDS, Drafts, form_of

FORM = form_of("/desk/cases/c/transitions", "PARKED")
GIVEN = {"csrf": "token", "revision": "3", "until": "9-11-2026", "to": "PARKED"}


def test_it_comes_back_without_the_token_of_the_session() -> None:
    word = Drafts("secret").close("samira", FORM, GIVEN)
    kept = {name: text for name, text in GIVEN.items() if name != "csrf"}
    assert Drafts("secret").open(word, "samira", FORM) == kept
    assert word is not None
    assert "9-11-2026" not in word


def test_nobody_else_and_no_other_form_opens_it(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Drafts("secret")
    word = kept.close("samira", FORM, GIVEN)
    assert kept.open(word, "noor", FORM) is None
    assert kept.open(word, "samira", form_of("/desk/cases/c/transitions", "CLOSED")) is None
    assert Drafts("another").open(word, "samira", FORM) is None
    later = time.time() + KEPT_SECONDS + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert kept.open(word, "samira", FORM) is None


@pytest.mark.parametrize("word", [None, "", "é", "AAAA", "x" * 50, "!!!!"])
def test_what_is_none_of_ours_is_nothing(word: str | None) -> None:
    assert Drafts("secret").open(word, "samira", FORM) is None


def test_too_much_is_left_out() -> None:
    assert Drafts("secret").close("samira", FORM, GIVEN | {"text": "x" * 4000}) is None
