"""The tables of registration."""

from services.migrations import plain

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Lay them."""
    plain.run("0002_registration.sql")
