"""CI systems: one package for each, registered here and reached only through what is said here."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from buildtimetrend.errors import NotFound
from buildtimetrend.providers.base import Provider, Section

# Name of each in the store, and of its first server in URLs: where its class is. Loaded when first asked for.
PROVIDERS = {
    "travis": "buildtimetrend.providers.travis:Travis",
    "github": "buildtimetrend.providers.github:GitHub",
    "gitlab": "buildtimetrend.providers.gitlab:GitLab",
}


def provider_class(kind: str) -> type[Provider]:
    """What is known of a CI system before any server of it. Raises `NotFound` if it is not registered."""
    if kind not in PROVIDERS:
        raise NotFound(f"{kind!r} is not one of: {', '.join(PROVIDERS)}.", detail="provider")
    module, _, name = PROVIDERS[kind].partition(":")
    found: type[Provider] = getattr(import_module(module), name)
    return found


def open_provider(section: Section) -> Provider:
    """The adapter of one server. Raises `NotFound` for a kind that is not registered."""
    return provider_class(section.kind)(section)


def provider_of(providers: Mapping[str, Provider], kind: str, instance: str | None) -> Provider | None:
    """The one for builds of that server; where the server is not known, the first of its kind."""
    of_kind = [provider for provider in providers.values() if provider.kind == kind]
    return next((provider for provider in of_kind if instance in (provider.instance, None)), None)


def hook_path(provider: Provider) -> str:
    """Where its webhooks come in, as people are told."""
    is_first = provider.name == provider.kind
    return provider.old_hook if is_first and provider.old_hook else f"/hooks/{provider.name}"
