"""Which organisations a token reaches. A token spans everything its user ever allowed this app.

Source: xero-identity.yaml in XeroAPI/Xero-OpenAPI.
"""

import httpx2
import msgspec

from . import calls, sessions, verdicts, wire
from .exchanges import Answer


class Connection(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One organisation that one user connected; `id` is the connection's own, the only one that disconnects it.

    `tenant_type` is ORGANISATION or PRACTICE.
    """

    id: str
    tenant_id: str
    auth_event_id: str = ""
    tenant_type: str = ""
    tenant_name: str = ""
    created_date_utc: wire.Instant | None = None
    updated_date_utc: wire.Instant | None = None


class Connections:
    """Lists and ends the connections of one access token."""

    def __init__(
        self,
        api_url: str,
        access_token: str,
        *,
        http: httpx2.Client,
        clock: calls.Clock,
        on_exchange: calls.OnExchange | None = None,
    ) -> None:
        self._url = f"{api_url.rstrip('/')}/connections"
        self._access_token = access_token
        self._caller = calls.Caller(http=http, clock=clock, on_exchange=on_exchange)

    def __repr__(self) -> str:
        return "<Connections>"

    def all(self, *, auth_event_id: str = "") -> Answer[list[Connection]]:
        """List the connections, or those of one consent only; an empty list is an answer too."""
        reply = self._send("GET", self._url, {"authEventId": auth_event_id} if auth_event_id else {})
        try:
            return Answer(wire.decode_list(reply.body, Connection), reply.exchange)
        except wire.Unreadable as problem:
            raise verdicts.unexpected(reply, f"unreadable connections: {problem}") from None

    def delete(self, connection_id: str) -> Answer[None]:
        """Disconnect. Raises NotFound when it is gone already, Forbidden or NotConnected for a tenant's id."""
        return Answer(None, self._send("DELETE", f"{self._url}/{sessions.path(connection_id)}", {}).exchange)

    def _send(self, method: str, url: str, params: dict[str, str]) -> calls.Reply:
        call = calls.Call(
            method=method,
            url=url,
            is_write=method != "GET",
            params=params,
            headers={"Authorization": f"Bearer {self._access_token}"},
        )
        reply = self._caller.send(call)
        verdicts.check(reply, now=self._caller.now())
        return reply
