"""Subscriptions to webhooks, and their deliveries."""

from services.migrations import plain

revision = "0008"
down_revision = "0006"


def upgrade() -> None:
    """Lay them."""
    plain.run("0008_webhooks.sql")
