"""A running embedded stack, as the tests of this folder use it: through its commands and its API."""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import asyncpg
import httpx2

from services.stack.clock import set_clock
from services.stack.settled import settle

ROOT = Path(__file__).parent.parent.parent
Json = dict[str, Any]

TRUST = ssl.create_default_context()
"""Made once: reading the trusted certificates anew for each request costs more than the request."""


class CommandFailed(AssertionError):
    """A `transfers` command ended with another status than 0; the message holds what it printed."""


class Stack:
    """The embedded stack in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: str, seconds: float = 180) -> str:
        """What one `transfers` command prints on standard output. Raises CommandFailed."""
        done = subprocess.run(
            [sys.executable, "-m", "services", *words],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=os.environ | {"TRANSFERS_STACK_DIR": str(self.folder)},
            timeout=seconds,
        )
        if done.returncode:
            raise CommandFailed(f"{' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def up(self, *options: str) -> None:
        """Start it."""
        self.run("stack", "up", *options)

    def down(self) -> None:
        """Stop it, and forget the folder."""
        self.run("stack", "down")
        shutil.rmtree(self.folder, ignore_errors=True)

    @cached_property
    def addresses(self) -> Json:
        """Where everything listens: `transfers stack status --json`."""
        found: Json = json.loads(self.run("stack", "status", "--json"))
        return found

    @cached_property
    def database(self) -> str:
        """The address of the database, as its owner."""
        files: Json = json.loads((self.folder / "stack.json").read_text())
        return str(files["postgres"])

    async def connect(self) -> asyncpg.Connection[Any]:
        """A connection as the owner of the database, to look behind the scenes."""
        return await asyncpg.connect(self.database)

    def token(self, *words: str) -> str:
        """A bearer token of the development issuer."""
        return self.run("token", *words).strip()

    def officer(self, role: str, region: str) -> str:
        """A token of an officer who sees a whole region."""
        return self.token("--user", f"{role}-{region}", "--role", role, "--region", region)

    def import_institutions(self, institutions: Sequence[Json]) -> None:
        """Register institutions; returns when every process knows them."""
        path = self.folder / "imported.jsonl"
        path.write_text("".join(json.dumps(one) + "\n" for one in institutions))
        self.run("institutions", "import", str(path))

    def add_client(self, client: str, sources: Sequence[str], orgs: Sequence[str], *more: str) -> str:
        """Register a system that may post for these organisations; returns its token."""
        words = ["clients", "add", "--id", client, "--role", "partner_client", "--rate", "100000"]
        for source in sources:
            words += ["--source", source]
        for org in orgs:
            words += ["--org", org]
        for scope in ("events:write", "receipts:read"):
            words += ["--scope", scope]
        self.run(*words, *more)
        return self.token("--client", client)

    async def settled(self, seconds: float = 60) -> None:
        """Wait until everything accepted so far has had its effect."""
        connection = await self.connect()
        try:
            await settle(connection, seconds)
        finally:
            await connection.close()

    async def clock_to(self, moment: datetime) -> None:
        """Move the clock forwards; everything due before has happened when this returns."""
        connection = await self.connect()
        try:
            await set_clock(connection, moment)
        finally:
            await connection.close()

    async def post(self, token: str, events: Sequence[Json]) -> list[Json]:
        """Post a batch and give the outcome of each item."""
        async with httpx2.AsyncClient(timeout=30, verify=TRUST) as http:
            answer = await http.post(
                f"{self.addresses['registration']}/registration/v1/events",
                content=json.dumps(list(events)),
                headers={
                    "authorization": f"Bearer {token}",
                    "content-type": "application/cloudevents-batch+json",
                },
            )
        body: Json = answer.json()
        if "results" not in body:
            raise AssertionError(body)
        results: list[Json] = body["results"]
        return results

    async def get(self, token: str, path: str, **query: str) -> Json:
        """Read one resource of the alerts API; fails on any status but 200."""
        address = f"{self.addresses['alerts']}/alerts/v1{path}"
        async with httpx2.AsyncClient(timeout=30, verify=TRUST) as http:
            body: Json = (await self._read(http, token, address, query)).json()
        return body

    async def everything(self, token: str, path: str, **query: str) -> list[Json]:
        """Read a list of the alerts API to its end, page by page."""
        address: str | None = f"{self.addresses['alerts']}/alerts/v1{path}"
        asked: dict[str, str] | None = {"limit": "200"} | query
        found: list[Json] = []
        async with httpx2.AsyncClient(timeout=30, verify=TRUST) as http:
            while address:
                answer = await self._read(http, token, address, asked)
                found += answer.json()["items"]
                address, asked = answer.links.get("next", {}).get("url"), None
        return found

    async def _read(
        self, http: httpx2.AsyncClient, token: str, address: str, query: dict[str, str] | None
    ) -> httpx2.Response:
        answer = await http.get(address, params=query, headers={"authorization": f"Bearer {token}"})
        if answer.status_code != 200:
            raise AssertionError(f"{address}: {answer.status_code} {answer.text}")
        return answer
