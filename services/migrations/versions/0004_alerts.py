"""The tables of alerts."""

from services.migrations import plain

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Lay them."""
    plain.run("0004_alerts.sql")
