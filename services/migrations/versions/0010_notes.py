"""Short notes of a desk about its cases."""

from services.migrations import plain

revision = "0010"
down_revision = "0008"


def upgrade() -> None:
    """Lay them."""
    plain.run("0010_notes.sql")
