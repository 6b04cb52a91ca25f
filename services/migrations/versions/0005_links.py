"""Where an old reference leads, and what it handed over."""

from services.migrations import plain

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Lay the tables."""
    plain.run("0005_links.sql")
