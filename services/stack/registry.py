"""Who exists when a stack begins: the national tables, the desk as a client, ready persons."""

from __future__ import annotations

from services.registration.access import Client
from services.registration.registry import put_client, put_institutions
from services.stack.connection import Connection
from services.stack.folder import Folder, Plan
from services.stack.issuer.persons import admit, cast
from services.stack.issuer.tokens import Signer
from services.stack.programs import DESK_CLIENT, ISSUER, http
from shared.domain.codes import Role
from shared.runtime.reference import institutions, reference

REGION = "38"
"""The region whose people are ready to sign in; the demo plays in it unless told otherwise."""
DESK_SOURCE = "urn:nld:oin:00000099000000000000:systeem:desk"


async def fill(connection: Connection, folder: Folder, plan: Plan) -> None:
    """Make known whoever is missing; who is there already stays as last changed."""
    known = {row["org"] for row in await connection.fetch("SELECT org FROM registration.institution")}
    if missing := [one for one in institutions() if one.org not in known]:
        await put_institutions(connection, missing)
    if not await connection.fetchval("SELECT 1 FROM registration.client WHERE client_id = $1", DESK_CLIENT):
        await put_client(connection, desk())
    issuer = http(plan, ISSUER.name)
    Signer(folder, issuer)  # makes the key, which the issuer and `transfers token` share
    await admit(folder, connection, issuer, cast(REGION))


def desk() -> Client:
    """The system of the desks: it may speak for each region."""
    return Client(
        client_id=DESK_CLIENT,
        role=Role.RMC_DESK,
        sources=frozenset({DESK_SOURCE}),
        orgs=frozenset(f"RMC{region}" for region in reference().regions),
        scopes=frozenset({"events:write", "receipts:read", "alerts:read", "cases:read"}),
        rate=1000,
        presence=False,
        relay=False,
    )
