"""The page on which a visitor chooses who to be. It works without script and without style."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from urllib.parse import urlencode

from services.stack.issuer.persons import Person

STYLE = """\
:root { font-family: system-ui, sans-serif; line-height: 1.5; color: #212121; background: #fff }
body { margin: 0 auto; max-width: 40rem; padding: 1rem }
.utrecht-alert { border-inline-start: .25rem solid #8a5300; background: #fff4e0; padding: .5rem 1rem }
ul { list-style: none; padding: 0 }
.utrecht-link { display: block; min-height: 44px; box-sizing: border-box; margin-block: .5rem;
  padding: .5rem 1rem; border: 1px solid #767676; border-radius: 4px; color: #00447c }
.utrecht-link:focus-visible { outline: 3px solid #212121; outline-offset: 2px }
"""
PAGE = """\
<!doctype html>
<html lang="nl">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - Oefenomgeving</title>
<link rel="stylesheet" href="/issuer.css">
</head>
<body>
<main>
<h1 class="utrecht-heading-1">{title}</h1>
{content}
</main>
</body>
</html>
"""


def choose(persons: Iterable[Person], query: list[tuple[str, str]]) -> str:
    """The page with everybody who can sign in; each is a link that goes on with the same request."""
    links = "\n".join(
        f'<li><a class="utrecht-link" href="{escape(_link(query, person))}">'
        f"{escape(person.name)}<br>{escape(person.title)}</a></li>"
        for person in persons
    )
    notice = (
        '<p class="utrecht-alert">Dit is een oefenomgeving. De personen en de leerlingen zijn verzonnen. '
        "U hebt geen wachtwoord nodig.</p>"
    )
    return PAGE.format(title="Kies wie u bent", content=f"{notice}\n<ul>\n{links}\n</ul>")


def refused(reason: str) -> str:
    """The page for a request that cannot be answered by going back to where it came from."""
    text = "<p>Ga terug naar de website en probeer het opnieuw.</p>\n"
    text += f"<p>Reden: <code>{escape(reason)}</code></p>"
    return PAGE.format(title="Aanmelden lukt niet", content=text)


def left() -> str:
    """The page after signing out."""
    return PAGE.format(title="U bent uitgelogd", content="<p>U kunt dit venster sluiten.</p>")


def _link(query: list[tuple[str, str]], person: Person) -> str:
    return "/authorize?" + urlencode([*query, ("person", person.subject)])
