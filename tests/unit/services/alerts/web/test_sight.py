"""Which alerts a coordinator sees, and how an alert about an institution is shown."""

from __future__ import annotations

from msgspec.structs import replace

from services.alerts.web.officers import Officer
from services.alerts.web.queries import ALERTS, read_query
from services.alerts.web.records import AlertRow
from services.alerts.web.sight import OF_COORDINATORS, of_alert, sees_alert
from shared.domain.codes import Role
from tests.silence import watched, world_with
from tests.tale import REF, WORLD, Tale, the_alert
from tests.unit.services.alerts.web.test_queries import CURSORS

(SILENT,) = watched(world_with("99MA", ["2026-03-02"]), "99MA", "2026-03-17").watch.alerts
COORDINATOR = Officer("s", "Jo", Role.REGION_COORDINATOR, "38", None, ())
DESK = Officer("s", "Jo", Role.RMC_DESK, "38", None, ())


def test_a_coordinator_sees_institutions_from_the_start_and_learners_when_nobody_acts() -> None:
    tale = Tale()
    tale.listed("2025-11-03")
    alert = the_alert(tale.walk("2026-04-14").learner, "A02")
    seen = [
        sees_alert(COORDINATOR, AlertRow(one, ref, None, 1))
        for one, ref in ((SILENT, None), (alert, REF), (replace(alert, level=3), REF))
    ]
    assert seen == [True, False, True]
    assert sees_alert(DESK, AlertRow(alert, REF, None, 1))
    assert "level >= 3" in OF_COORDINATORS


def test_it_is_shown_with_the_institution_in_place_of_a_learner() -> None:
    shown = of_alert(AlertRow(SILENT, None, None, 4), WORLD)
    assert (shown["org"], shown["revision"], shown["code"]) == ("99MA", 4, "A19")
    assert shown["firstStep"] == "Controleer de koppeling"
    assert not {"studentRef", "learnerId", "handle", "site"} & shown.keys()


def test_the_alerts_about_one_institution_can_be_asked_for() -> None:
    statement, values = read_query(ALERTS, "/alerts", [("org", "99MA")], CURSORS).sql("body")
    assert "org = ANY($2::text[])" in statement
    assert values == (["99MA"],)
