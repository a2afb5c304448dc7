from __future__ import annotations

import pytest

from buildtimetrend.errors import NotFound
from buildtimetrend.providers import PROVIDERS, open_provider
from buildtimetrend.providers.base import Provider, Section
from buildtimetrend.settings import Settings


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_registered_provider_opens_under_its_name(name: str) -> None:
    provider: Provider = open_provider(Settings().section(name))
    assert provider.name == name
    assert not provider.instance.endswith("/")
    provider.close()


def test_an_unknown_provider_is_not_found() -> None:
    with pytest.raises(NotFound, match="travis"):
        open_provider(Section("hudson", "hudson", None))
