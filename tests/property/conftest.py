"""How laws are tried: no deadline per example, because the machine may be busy with other things."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("laws", deadline=None)
settings.load_profile("laws")
