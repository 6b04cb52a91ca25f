"""`transfers token`: a bearer token of the development issuer, for a system or for a person."""

from __future__ import annotations

import argparse
import asyncio
import sys

from services.stack.connection import owner
from services.stack.fault import StackFault
from services.stack.folder import Folder, Plan, add_option, running
from services.stack.issuer.persons import Person, admit, known, resumed
from services.stack.issuer.tokens import DESK_SCOPES, SYSTEM_SCOPES, Signer
from services.stack.programs import DESK_CLIENT, ISSUER, http
from shared.domain.codes import Role

EXAMPLE = """\
examples:
  transfers token --client sis-voorbeeld                     for a registered system
  transfers token --user noor --role rmc_desk --region 38    for a person, who is made known as well
  transfers token --user piet --role vo_school --org 99VA --site 99VA00
"""
ROLES = [role.value for role in Role if role is not Role.PARTNER_CLIENT]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("--client", metavar="ID", help="a system, as registered with `transfers clients add`")
    whose.add_argument(
        "--user", metavar="NAME", help="a person; also writes the row that says what is theirs"
    )
    parser.add_argument("--role", choices=ROLES, help="with --user: what this person is")
    parser.add_argument(
        "--region", metavar="NN", help="with --user: the region of a broker, desk or coordinator"
    )
    parser.add_argument("--org", metavar="BRIN", help="with --user: the school or institution")
    parser.add_argument(
        "--site",
        action="append",
        default=[],
        help="with --user: an assigned site; may be repeated (default: those known already)",
    )
    parser.add_argument("--scope", action="append", help="only these scopes; may be repeated")
    parser.add_argument(
        "--secret", action="store_true", help="with --client: its secret for POST /token instead"
    )
    add_option(parser)


def run(args: argparse.Namespace) -> int:
    """Print the token; a fault is one message and exit status 1, wrong use 2."""
    if args.user and not (args.role and (args.region or args.org)):
        print("transfers token: --user needs --role, and --region or --org", file=sys.stderr)
        return 2
    try:
        folder = running(args.dir)
        plan = folder.plan()
        assert plan is not None  # noqa: S101  # `running` looked
        print(_token(args, folder, plan))
    except StackFault as fault:
        print(f"transfers token: {fault}", file=sys.stderr)
        return 1
    return 0


def _token(args: argparse.Namespace, folder: Folder, plan: Plan) -> str:
    signer = Signer(folder, http(plan, ISSUER.name))
    if args.client:
        if args.secret:
            return signer.client_secret(args.client)
        return signer.access_token(args.client, args.client, args.scope or SYSTEM_SCOPES)
    asyncio.run(_make_known(folder, signer.issuer, _person(args, folder)))
    return signer.access_token(args.user, DESK_CLIENT, args.scope or DESK_SCOPES)


def _person(args: argparse.Namespace, folder: Folder) -> Person:
    asked = Person(args.user, args.user, args.role, args.region, args.org, args.site)
    earlier = {person.subject: person for person in known(folder)}
    return resumed(asked, earlier.get(asked.subject))


async def _make_known(folder: Folder, issuer: str, person: Person) -> None:
    async with owner(folder) as connection:
        await admit(folder, connection, issuer, [person])
