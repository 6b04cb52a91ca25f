"""The people who can sign in on an embedded stack: invented, one for each chair of a region."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from services.stack.connection import Connection
from services.stack.folder import Folder
from shared.domain.codes import Role

# Names that no region is likely to look for behind them.
CAST = (
    ("makelaar-1", "Noor Voorbeeld", Role.VSV_BROKER),
    ("makelaar-2", "Bram Voorbeeld", Role.VSV_BROKER),
    ("rmc", "Samira Voorbeeld", Role.RMC_DESK),
    ("leerplicht", "Joris Voorbeeld", Role.LEERPLICHT_DESK),
    ("coordinator", "Els Voorbeeld", Role.REGION_COORDINATOR),
)
TITLES = {
    Role.VSV_BROKER: "vsv-makelaar",
    Role.RMC_DESK: "RMC-medewerker",
    Role.LEERPLICHT_DESK: "leerplichtambtenaar",
    Role.REGION_COORDINATOR: "coördinator",
    Role.VO_SCHOOL: "medewerker van een school",
    Role.MBO_INSTITUTION: "medewerker van een mbo-instelling",
    Role.PRIVACY_OFFICER: "privacy officer",
}


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in, and what is theirs."""

    subject: str
    name: str
    role: str
    region: str | None = None
    org: str | None = None
    sites: Sequence[str] = ()

    @property
    def title(self) -> str:
        """What this person is, in Dutch."""
        where = f", regio {self.region}" if self.region else f", {self.org}" if self.org else ""
        return TITLES.get(Role(self.role), self.role) + where


def cast(region: str) -> list[Person]:
    """Ready persons for one region."""
    return [Person(f"{subject}-{region}", name, role, region) for subject, name, role in CAST]


def known(folder: Folder) -> list[Person]:
    """Everybody who can sign in on this stack."""
    path = folder.path / "persons.json"
    return [Person(**one) for one in json.loads(path.read_text())] if path.exists() else []


def resumed(person: Person, earlier: Person | None) -> Person:
    """This person under the name that is known already, and with the known sites where none are named now.

    Sites stay with the place they belong to: those of another school would open its learners.
    """
    if earlier is None:
        return person
    same_place = (person.region, person.org) == (earlier.region, earlier.org)
    sites = person.sites or (earlier.sites if same_place else ())
    return replace(person, name=earlier.name, sites=sites)


async def admit(folder: Folder, connection: Connection, issuer: str, persons: Iterable[Person]) -> None:
    """Let these people sign in, and write down what is theirs (again)."""
    everybody = {person.subject: person for person in known(folder)}
    for person in persons:
        everybody[person.subject] = person
        await connection.execute(
            "INSERT INTO alerts.officer (subject, name, role, region, org, sites) "
            "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (subject) DO UPDATE SET name = excluded.name, "
            "role = excluded.role, region = excluded.region, org = excluded.org, sites = excluded.sites",
            f"{issuer} {person.subject}",
            person.name,
            person.role,
            person.region,
            person.org,
            list(person.sites),
        )
    folder.write("persons.json", json.dumps([asdict(person) for person in everybody.values()], indent=1))
