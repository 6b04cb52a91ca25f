"""Who exists when a stack begins: the reference institutions, the desk as a client, ready persons."""

from __future__ import annotations

from services.stack.connection import Connection
from services.stack.folder import Folder, Plan
from services.stack.issuer.persons import admit, cast
from services.stack.issuer.tokens import Signer
from services.stack.programs import ISSUER, http

REGION = "38"
"""The region whose people are ready to sign in; the demo plays in it unless told otherwise."""


async def fill(connection: Connection, folder: Folder, plan: Plan) -> None:
    """Make known whoever is missing; what is there already keeps its version."""
    issuer = http(plan, ISSUER.name)
    Signer(folder, issuer)  # makes the key, which the issuer and `transfers token` share
    await admit(folder, connection, issuer, cast(REGION))
