"""The tables of placement."""

from services.migrations import plain

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Lay them."""
    plain.run("0003_placement.sql")
