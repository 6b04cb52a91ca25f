"""How many stand where: by state, by alert and by case, as a whole and for each region."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import msgspec

from shared.domain import report
from shared.domain.alert import Alert
from shared.domain.case import Case
from shared.domain.learner import Learner, Standing

NOWHERE = "-"
"""Who or what has no region."""


class Totals(msgspec.Struct):
    """What there is to count, of everybody or of one region."""

    standings: list[Standing]
    alerts: list[Alert]
    opened: list[Case]

    @property
    def states(self) -> Counter[str]:
        """How many transitions stand in each state."""
        return Counter(str(one.state) for one in self.standings)

    @property
    def raised(self) -> Counter[str]:
        """How many alerts of each code there ever were."""
        return Counter(one.code for one in self.alerts)

    @property
    def still(self) -> Counter[str]:
        """How many alerts of each code are open."""
        return Counter(one.code for one in self.alerts if one.open)

    @property
    def cases(self) -> Counter[str]:
        """How many cases have each status."""
        return Counter(str(one.status) for one in self.opened)


def of(learners: Iterable[Learner]) -> Totals:
    """Everybody together."""
    learners = list(learners)
    return Totals(
        [one.standings[year] for one in learners for year in report.years_of(one)],
        [alert for one in learners for alert in one.alerts],
        [case for one in learners for case in one.cases],
    )


def by_region(whole: Totals) -> dict[str, Totals]:
    """Each region by itself: learners, alerts and cases where they stand now."""
    found: defaultdict[str, Totals] = defaultdict(lambda: Totals([], [], []))
    for standing in whole.standings:
        found[standing.region or NOWHERE].standings.append(standing)
    for alert in whole.alerts:
        found[alert.region or NOWHERE].alerts.append(alert)
    for case in whole.opened:
        found[case.region or NOWHERE].opened.append(case)
    return dict(sorted(found.items()))
