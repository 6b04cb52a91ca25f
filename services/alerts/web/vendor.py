"""Fetches what the pages borrow from others, in pinned versions: `python -m services.alerts.web.vendor`.

Component styles of the NL Design System community (Utrecht), the neutral example theme, and the two
typefaces that the theme names. Licences are copied beside them. Needs `npm`; nothing else ever does.
"""

from __future__ import annotations

import re
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

TARGET = Path(__file__).parent / "static" / "vendor"

COMPONENTS = {
    "@utrecht/root-css": "4.1.1",
    "@utrecht/body-css": "3.0.0",
    "@utrecht/page-layout-css": "2.0.1",
    "@utrecht/page-header-css": "3.0.2",
    "@utrecht/page-body-css": "1.0.1",
    "@utrecht/page-footer-css": "4.0.2",
    "@utrecht/skip-link-css": "3.0.1",
    "@utrecht/heading-1-css": "3.0.1",
    "@utrecht/heading-2-css": "3.0.1",
    "@utrecht/heading-3-css": "3.0.1",
    "@utrecht/paragraph-css": "4.0.1",
    "@utrecht/link-css": "3.0.1",
    "@utrecht/table-css": "3.0.1",
    "@utrecht/alert-css": "4.0.2",
    "@utrecht/status-badge-css": "2.0.1",
    "@utrecht/unordered-list-css": "3.1.1",
    "@utrecht/form-field-css": "3.0.1",
    "@utrecht/form-label-css": "3.0.1",
    "@utrecht/form-field-description-css": "3.0.1",
    "@utrecht/textbox-css": "4.0.1",
    "@utrecht/button-css": "4.0.1",
    "@utrecht/button-link-css": "3.0.1",
}
THEME = ("@nl-design-system-unstable/voorbeeld-design-tokens", "7.4.1")
FONTS = {"@fontsource/noto-sans": "5.3.0", "@fontsource/noto-serif": "5.3.0"}
WEIGHTS = {"@fontsource/noto-sans": (400, 700), "@fontsource/noto-serif": (700,)}

DECLARATION = re.compile(r"^\s*(--[\w-]+):\s*([^;]+);", re.MULTILINE)
USED = re.compile(r"var\(\s*(--[\w-]+)")


def main() -> None:
    """Fetch and write everything anew."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        components = [_fetch(Path(folder), *one) for one in COMPONENTS.items()]
        theme = _fetch(Path(folder), *THEME)
        styles = "\n".join((one / "dist/index.min.css").read_text().strip() for one in components)
        _write("components.css", _licensed("EUPL-1.2", COMPONENTS.items()) + styles + "\n")
        _write("theme.css", _licensed("EUPL-1.2", [THEME]) + _tokens(theme, styles))
        _write("LICENSE-EUPL-1.2.md", (theme / "LICENSE.md").read_text())
        for name, version in FONTS.items():
            _font(_fetch(Path(folder), name, version), name.rpartition("/")[2], WEIGHTS[name])


def _fetch(folder: Path, name: str, version: str) -> Path:
    """The unpacked package."""
    target = folder / name.replace("/", "+")
    target.mkdir()
    command = ["npm", "pack", f"{name}@{version}", "--silent", "--pack-destination", str(target)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    with tarfile.open(next(target.glob("*.tgz"))) as archive:
        archive.extractall(target, filter="data")
    return target / "package"


def _tokens(theme: Path, styles: str) -> str:
    """The tokens of the theme that the components use, and its basis, which our own style uses."""
    tokens = dict(DECLARATION.findall((theme / "dist/theme.css").read_text()))
    wanted = [name for name in tokens if name.startswith("--basis-")] + USED.findall(styles)
    kept: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name in tokens and name not in kept:
            kept.add(name)
            wanted += USED.findall(tokens[name])
    lines = "".join(f"{name}:{value};\n" for name, value in tokens.items() if name in kept)
    return f".voorbeeld-theme{{\n{lines}}}\n"


def _font(package: Path, name: str, weights: Iterable[int]) -> None:
    for weight in weights:
        file = f"{name}-latin-{weight}-normal.woff2"
        (TARGET / file).write_bytes((package / "files" / file).read_bytes())
    _write(f"LICENSE-{name}.txt", (package / "LICENSE").read_text())


def _licensed(licence: str, packages: Iterable[tuple[str, str]]) -> str:
    return "".join(_lines(licence, packages))


def _lines(licence: str, packages: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield f"/* @license {licence}, see beside this file. Made by `python -m services.alerts.web.vendor` of:\n"
    for name, version in packages:
        yield f" * {name} {version}\n"
    yield " */\n"


def _write(name: str, text: str) -> None:
    (TARGET / name).write_text(text)


if __name__ == "__main__":
    main()
