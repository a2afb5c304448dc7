"""HTTP to CI systems: what all of them need, in words of any."""

from buildtimetrend.providers.http.client import Answer, Client, Limits
from buildtimetrend.providers.http.refusals import NotJson, Peer, Refused, ServerFailed

__all__ = ["Answer", "Client", "Limits", "NotJson", "Peer", "Refused", "ServerFailed"]
