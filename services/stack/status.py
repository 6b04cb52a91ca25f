"""`stack status`: where everything listens, which processes live, and what time it is."""

from __future__ import annotations

from services.stack.clock import now
from services.stack.connection import owner
from services.stack.fault import StackFault
from services.stack.folder import Folder
from services.stack.supervisor import Supervisor
from shared.runtime.codec import text


async def status(folder: Folder) -> dict[str, object]:
    """What `transfers stack status --json` prints. Raises StackFault when the stack is not running."""
    plan, found = folder.plan(), folder.addresses()
    if plan is None or found is None or not (supervisor := Supervisor(folder, plan)).lives():
        raise StackFault(f"the stack in {folder.path} is not running", "start it with `transfers stack up`")
    async with owner(folder) as connection:
        moment = await now(connection)
    return found | {"clock": text(moment), "processes": supervisor.pids()}
