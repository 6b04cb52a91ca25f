"""The schema that every role may read."""

from services.migrations import plain

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Lay them."""
    plain.run("0001_platform.sql")
