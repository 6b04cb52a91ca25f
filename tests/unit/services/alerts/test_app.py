"""What the worker counts of what it told: codes of closed sets, and nothing else."""

from __future__ import annotations

import pytest
from prometheus_client import REGISTRY

from services.alerts.app import count


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"transfers_alerts_{name}_total", labels) or 0


@pytest.mark.parametrize(("code", "severity"), [("A02", "MED"), ("A19", "LOW")])
def test_a_raised_alert_counts_by_code_and_severity(code: str, severity: str) -> None:
    before = counted("raised", code=code, severity=severity)
    kind = {"ce_type": b"nl.school-transitions.alert.raised.v1"}
    count(kind, f'{{"transitionYear":2026,"code":"{code}","severity":"{severity}"}}'.encode())
    assert counted("raised", code=code, severity=severity) == before + 1


def test_a_resolved_alert_counts_by_code_and_how() -> None:
    before = counted("resolved", code="A02", how="AUTO")
    kind = {"ce_type": b"nl.school-transitions.alert.resolved.v1"}
    count(kind, b'{"transitionYear":2026,"code":"A02","severity":"MED","reason":"AUTO"}')
    assert counted("resolved", code="A02", how="AUTO") == before + 1


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b'{"transitionYear":2026,"code":"A99","severity":"MED"}', id="a code that no rule has"),
        pytest.param(b'{"transitionYear":2026,"caseId":"c"}', id="a case"),
        pytest.param(None, id="nothing"),
    ],
)
def test_nothing_else_becomes_a_label(value: bytes | None) -> None:
    before = [sample for metric in REGISTRY.collect() for sample in metric.samples if "alerts" in metric.name]
    count({"ce_type": b"nl.school-transitions.alert.raised.v1"}, value)
    after = [sample for metric in REGISTRY.collect() for sample in metric.samples if "alerts" in metric.name]
    assert after == before
