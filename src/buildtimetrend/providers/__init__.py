"""CI systems: one package for each, registered here and reached only through `open_provider`."""

from __future__ import annotations

from importlib import import_module

from buildtimetrend.errors import NotFound
from buildtimetrend.providers.base import Provider
from buildtimetrend.settings import Settings

# Name in URLs and in the store: where its class is. Loaded when first opened.
PROVIDERS = {
    "travis": "buildtimetrend.providers.travis:Travis",
}


def open_provider(name: str, settings: Settings) -> Provider:
    """The adapter of one CI system. Raises `NotFound` for a name that is not registered."""
    if name not in PROVIDERS:
        raise NotFound(f"{name!r} is not one of: {', '.join(PROVIDERS)}.", detail="provider")
    module, _, factory = PROVIDERS[name].partition(":")
    provider: Provider = getattr(import_module(module), factory)(settings)
    return provider
