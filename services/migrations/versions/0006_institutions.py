"""What institutions published, when they were heard, and the watch over them."""

from services.migrations import plain

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Lay them."""
    plain.run("0006_institutions.sql")
