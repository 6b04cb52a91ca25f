"""Deadlines as the national calendar has them, and as a policy file may change them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import asdict, replace

from shared.domain.checkpoints import applied_by
from shared.domain.policy import (
    PARAMETERS,
    Policy,
    PolicyFault,
    in_force,
    in_force_on,
    read_policies,
    read_policy,
)
from shared.runtime.reference import policies
from tests.tale import WORLD, Tale, local

NATIONAL = policies()
POLICY = NATIONAL[-1]


def own(text: str) -> Policy:
    """A version of somebody's own, over the national one."""
    return read_policy(f'version = "own"\nvalid_from = 2026-01-01\n{text}', NATIONAL)


@pytest.mark.parametrize(
    ("year", "day"),
    [(2026, date(2026, 4, 1)), (2027, date(2027, 4, 1)), (2028, date(2028, 4, 3)), (2029, date(2029, 4, 3))],
)
def test_who_applies_by_1_april_or_the_next_working_day_is_in_time(year: int, day: date) -> None:
    assert POLICY.apply_by(year) == day


@pytest.mark.parametrize(("year", "day"), [(2020, date(2020, 5, 1)), (2021, date(2021, 5, 3))])
def test_in_the_years_of_closed_schools_it_was_1_may(year: int, day: date) -> None:
    then = in_force(NATIONAL, datetime(year, 3, 1, tzinfo=UTC))
    assert then.where(year=year, region="38").apply_by(year) == day
    assert then.where(year=2022).apply_by(2022) == date(2022, 4, 1)


@pytest.mark.parametrize(
    ("year", "moment"), [(2021, "2021-05-12T06:00:00+02:00"), (2023, "2023-04-13T06:00:00+02:00")]
)
def test_easter_and_ascension_count_in_past_years_as_well(year: int, moment: str) -> None:
    then = in_force(NATIONAL, datetime(year, 3, 1, tzinfo=UTC)).where(year=year)
    assert applied_by(then, year) == datetime.fromisoformat(moment)


def test_the_other_dates_of_a_transition() -> None:
    assert POLICY.list_due(2026) == date(2026, 1, 31)
    assert POLICY.placement_check(2026) == date(2026, 6, 1)
    assert POLICY.summer_check_1(2026) == date(2026, 7, 10)
    assert POLICY.summer_check_1(2027) == date(2027, 7, 12), "10 July 2027 is a Saturday"
    assert POLICY.count_date(2026) == date(2026, 10, 1)
    assert POLICY.closing(2026) == date(2027, 7, 31)


def test_every_parameter_has_the_national_default_of_the_reference() -> None:
    defaults = {
        "list_open_day": (10, 1),
        "list_due_day": (1, 31),
        "plan_day": (3, 1),
        "apply_day": (4, 1),
        "placement_day": (6, 1),
        "summer_day": (7, 10),
        "reapply_high_day": (8, 15),
        "handover_day": (9, 1),
        "handover_again_day": (10, 1),
        "count_day": (10, 1),
        "effect_report_day": (12, 15),
        "status_due_wd": 5,
        "status_to_municipality_age": 23,
        "region_age_max": 27,
        "first_lesson_days": (),
        "summer_check_2_wd": 10,
        "no_show_days": 5,
        "no_show_escalate": 10,
        "assumed_days": 20,
        "grace_wd": 5,
        "sight_wd": 20,
        "silent_wd": 10,
        "silence_open_day": (2, 1),
        "silence_close_day": (10, 15),
        "dropout_wd": 5,
        "reapply_wd": 10,
        "reapply_turn_wd": 20,
        "reapply_late_wd": 5,
        "feedback_terms": (15, 10, 5),
        "abs_hours": 16,
        "abs_weeks": 4,
        "abs_report_wd": 5,
        "abs_report_days": 7,
        "escalate_wd": 5,
        "escalate_high_wd": 2,
        "review_months": 6,
        "aftercare_months": 3,
    }
    assert asdict(POLICY).items() >= defaults.items()


@pytest.mark.parametrize(
    ("day", "term"),
    [
        (date(2025, 11, 3), 15),
        (date(2026, 5, 31), 15),
        (date(2026, 6, 1), 10),
        (date(2026, 8, 31), 10),
        (date(2026, 9, 1), 5),
        (date(2027, 3, 1), 5),
    ],
)
def test_the_term_for_news_shortens_towards_the_start(day: date, term: int) -> None:
    assert POLICY.feedback_wd(day, 2026) == term


@pytest.mark.parametrize(
    ("at", "age"),
    [
        (datetime(2019, 1, 1, tzinfo=UTC), 23),
        (datetime(2025, 12, 31, 22, 59, tzinfo=UTC), 23),
        (datetime(2025, 12, 31, 23, tzinfo=UTC), 27),
    ],
)
def test_the_version_in_force_is_the_last_that_had_begun(at: datetime, age: int) -> None:
    assert in_force(NATIONAL, at).region_age_max == age


def test_a_world_without_policies_judges_nobody() -> None:
    with pytest.raises(ValueError, match="no policies"):
        in_force_on((), date(2026, 1, 1))


def test_what_a_file_leaves_out_is_as_in_the_national_version_of_that_day() -> None:
    text = 'version = "mild"\nvalid_from = 2021-01-01\nsight_wd = 15\n[regions.38]\nsight_wd = 25'
    mild = read_policy(text, NATIONAL)
    assert (mild.version, mild.sight_wd, mild.region_age_max) == ("mild", 15, 23)
    assert mild.where(year=2021, region="38").sight_wd == 25
    assert mild.where(year=2021, region="38").apply_by(2021) == date(2021, 5, 3), (
        "overrides are taken over too"
    )


def test_an_institution_goes_before_a_region_and_that_before_a_year() -> None:
    mixed = own(
        """
        no_show_days = 6
        [institutions.99MA]
        no_show_days = 9
        [regions.38]
        no_show_days = 8
        grace_wd = 3
        [years.2026]
        no_show_days = 7
        grace_wd = 2
        """
    )
    found = {
        (year, region, org): mixed.where(year=year, region=region, org=org).no_show_days
        for year in (2026, 2027)
        for region in ("38", None)
        for org in ("99MA", None)
    }
    assert found == {
        (2026, "38", "99MA"): 9,
        (2026, "38", None): 8,
        (2026, None, "99MA"): 9,
        (2026, None, None): 7,
        (2027, "38", "99MA"): 9,
        (2027, "38", None): 8,
        (2027, None, "99MA"): 9,
        (2027, None, None): 6,
    }
    of_learner = mixed.where(year=2026, region="38")
    assert (of_learner.where(org="99MA").no_show_days, of_learner.where(org="99MA").grace_wd) == (9, 3)
    assert of_learner.where(org="99MB") == of_learner


def test_the_home_region_and_the_institution_decide_what_holds_for_a_learner() -> None:
    patient = own("[regions.38]\nsight_wd = 25\n[institutions.99MA]\nno_show_days = 7")
    world = replace(WORLD, policies=(patient,))
    anna = Tale()
    anna.listed("2025-11-03")
    anna.started("2026-07-01")
    here, elsewhere = anna.situation("2026-08-31", world), anna.situation("2026-08-31")
    assert (here.policy.sight_wd, elsewhere.policy.sight_wd) == (25, 20)
    assert (here.active[0].absent_from, elsewhere.active[0].absent_from) == (
        date(2026, 9, 2),
        date(2026, 8, 31),
    )
    assert anna.state("2026-09-01", world) == "ENROLLED"
    assert anna.state("2026-09-02", world) == "NO_SHOW"


def test_an_institution_may_give_its_first_lesson_day_by_hand() -> None:
    late = own("[institutions.99MA]\nfirst_lesson_days = [2026-08-31, 2027-08-30]")
    world = replace(WORLD, policies=(late,))
    anna = Tale()
    anna.started("2026-07-01")
    assert anna.situation("2026-08-31", world).active[0].absent_from == date(2026, 9, 7)
    told = [late.where(org="99MA").first_lesson_day(year) for year in (2026, 2027, 2028)]
    assert told == [date(2026, 8, 31), date(2027, 8, 30), None]
    assert late.first_lesson_day(2026) is None


def test_an_alert_follows_the_policy_of_the_region() -> None:
    world = replace(WORLD, policies=(own("[regions.38]\ngrace_wd = 8"),))
    anna = Tale()
    anna.listed("2025-11-03")
    step = anna.walk("2026-04-30", world=world)
    assert [(one.code, local(one.raised_at), one.policy_version) for one in step.learner.alerts] == [
        ("A02", "2026-04-16 06:00", "own")
    ]


def test_a_faulty_policy_is_refused_with_every_fault() -> None:
    with pytest.raises(PolicyFault) as refused:
        read_policy(
            """
            version = 3
            sight = 5
            sight_wd = "5"
            abs_weeks = -1
            count_day = [2, 29]
            apply_day = [4]
            [regions.381]
            grace_wd = 5
            [institutions.99MA]
            grace_wd = "many"
            sight = 5
            [years]
            2026 = 7
            """,
            NATIONAL,
        )
    assert [fault.partition(":")[0] for fault in refused.value.faults] == [
        "version",
        "valid_from",
        "sight",
        "sight_wd",
        "abs_weeks",
        "count_day",
        "apply_day",
        "years",
        "regions.381",
        "institutions.99MA.sight",
        "institutions.99MA.grace_wd",
    ]
    assert "sight: no such parameter; sight_wd: Expected `int`, got `str`" in str(refused.value)


def test_what_is_no_toml_is_refused() -> None:
    with pytest.raises(PolicyFault, match=r"line 1|end of document"):
        read_policy("version =")


def test_a_version_that_stands_alone_is_complete() -> None:
    with pytest.raises(PolicyFault) as refused:
        read_policy('version = "x"\nvalid_from = 2026-01-01\nsight_wd = 5')
    missing = {fault.partition(":")[0] for fault in refused.value.faults}
    assert missing == PARAMETERS.keys() - {"sight_wd", "first_lesson_days"}


def test_no_two_versions_begin_on_one_day_or_share_a_name() -> None:
    shipped = {policy.version: _text(policy) for policy in NATIONAL}
    assert read_policies(shipped) == NATIONAL
    assert read_policies(dict(reversed(shipped.items()))) == NATIONAL
    twice = {"a.toml": shipped["2026-1"], "b.toml": shipped["2026-1"], "c.toml": "sight = 5"}
    with pytest.raises(PolicyFault) as refused:
        read_policies(twice)
    assert "c.toml: sight: no such parameter" in refused.value.faults
    assert refused.value.faults[-2:] == (
        "valid_from 2026-01-01 is there twice",
        "version 2026-1 is there twice",
    )


def _text(policy: Policy) -> str:
    told = asdict(policy)
    lines = [f'version = "{policy.version}"', f"valid_from = {policy.valid_from}"]
    lines += [f"{name} = {_value(told[name])}" for name in PARAMETERS]
    for one in policy.overrides:
        lines += [f"[{one.whose}.{one.key}]", *(f"{name} = {_value(value)}" for name, value in one.changes)]
    return "\n".join(lines)


def _value(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
