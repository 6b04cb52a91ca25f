"""Settings come from the environment; what is wrong is said at once and in full."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.runtime.config import DeskWebSettings, Settings, SettingsFault, WorkerSettings, load


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The least that a worker of an embedded stack is told."""
    monkeypatch.setenv("TRANSFERS_EMBEDDED", "1")
    monkeypatch.setenv("TRANSFERS_KAFKA__BOOTSTRAP", "127.0.0.1:9092")
    monkeypatch.setenv("TRANSFERS_DATABASE__URL", "postgresql://placement:secret@127.0.0.1/transfers")
    return monkeypatch


def test_nested_settings_are_read(embedded: pytest.MonkeyPatch) -> None:
    embedded.setenv("TRANSFERS_METRICS__PORT", "9100")
    settings = load(WorkerSettings)
    assert (settings.kafka.bootstrap, settings.metrics.port) == ("127.0.0.1:9092", 9100)


def test_a_secret_may_be_a_file_and_is_never_shown(embedded: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://placement:from-file@127.0.0.1/transfers\n")
    embedded.delenv("TRANSFERS_DATABASE__URL")
    embedded.setenv("TRANSFERS_DATABASE__URL_FILE", str(tmp_path / "url"))
    settings = load(WorkerSettings)
    assert settings.database.url.get_secret_value().endswith("from-file@127.0.0.1/transfers")
    assert "from-file" not in repr(settings)


def test_a_missing_file_is_a_fault(embedded: pytest.MonkeyPatch) -> None:
    embedded.setenv("TRANSFERS_DATABASE__URL_FILE", "/nowhere")
    with pytest.raises(SettingsFault, match="/nowhere"):
        load(WorkerSettings)


def test_all_faults_are_told_at_once(embedded: pytest.MonkeyPatch) -> None:
    embedded.setenv("TRANSFERS_METRICS__PORT", "many")
    embedded.setenv("TRANSFERS_INSTANCE", "Not A Name")
    embedded.delenv("TRANSFERS_DATABASE__URL")
    with pytest.raises(SettingsFault) as told:
        load(DeskWebSettings)
    named = {fault.split(":")[0] for fault in told.value.faults}
    assert {"TRANSFERS_METRICS__PORT", "TRANSFERS_INSTANCE", "TRANSFERS_DATABASE", "TRANSFERS_DESK"} <= named


def test_a_wrong_value_is_not_repeated(embedded: pytest.MonkeyPatch) -> None:
    embedded.setenv("TRANSFERS_DATABASE__URL", "mysql://placement:secret@host")
    with pytest.raises(SettingsFault) as told:
        load(Settings)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    ("security", "query", "word"),
    [("PLAINTEXT", "?sslmode=verify-full", "KAFKA__SECURITY"), ("SASL_SSL", "", "sslmode")],
)
def test_outside_the_embedded_stack_nothing_goes_in_the_clear(
    embedded: pytest.MonkeyPatch, security: str, query: str, word: str
) -> None:
    embedded.setenv("TRANSFERS_EMBEDDED", "0")
    embedded.setenv("TRANSFERS_KAFKA__SECURITY", security)
    embedded.setenv("TRANSFERS_DATABASE__URL", f"postgresql://a:b@host/transfers{query}")
    with pytest.raises(SettingsFault, match=word):
        load(Settings)
