"""Consent and tokens.

A web app has a secret; a PKCE app (mobile, desktop) has none and proves itself by a verifier; a custom connection
has one organisation and asks for a token without a person. Every refresh answers a new refresh token: store it
before anything else. The previous one can be replayed for 30 minutes, for when an answer was lost, so a refresh
that ends in Unanswered is made again with the same token. Refreshes of one grant must not run at the same time.
Sources: "The standard authorization code flow", "PKCE flow", "Custom connections", "Token types", "Scopes"
(developer.xero.com/documentation/guides/oauth2/…).
"""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode

import httpx2
import msgspec

from . import calls, verdicts, wire

DEFAULT_LOGIN_URL = "https://login.xero.com"
DEFAULT_IDENTITY_URL = "https://identity.xero.com"

# The least set for bills, invoices, purchase orders, credit notes and payments; apps made since 2 March 2026
# are refused the older, broader scopes ("Scopes", and developer.xero.com/faq/granular-scopes).
SCOPES = (
    "openid",
    "offline_access",
    "accounting.invoices",
    "accounting.payments",
    "accounting.contacts",
    "accounting.settings.read",
    "accounting.attachments",
)


class AppType(StrEnum):
    """How Xero knows the app."""

    WEB = "web"
    PKCE = "pkce"
    CUSTOM = "custom"


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """A consent to ask for: send the person to `url`, keep `state` and `verifier` until they come back.

    `verifier` is "" for apps that have a secret. The repr shows none of it.
    """

    url: str
    state: str
    verifier: str = ""

    def __repr__(self) -> str:
        return "<Consent>"


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """A pair of tokens; the repr shows neither. `expires_at` is the access token's, reckoned from before the request.

    `xero_user_id` and `authentication_event_id` are claims of the access token, read without checking its
    signature, since it came from Xero itself; "" when it has none. `refresh_token` is "" without offline_access.
    """

    access_token: str
    refresh_token: str
    expires_at: datetime
    scopes: tuple[str, ...]
    xero_user_id: str = ""
    authentication_event_id: str = ""

    def __repr__(self) -> str:
        return f"<Tokens of {self.xero_user_id or 'nobody'} until {self.expires_at:%Y-%m-%d %H:%M:%S %Z}>"


class _TokenAnswer(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int
    refresh_token: str = ""
    scope: str = ""

    def __repr__(self) -> str:
        return "<_TokenAnswer>"


class _Claims(msgspec.Struct, frozen=True):
    xero_userid: str = ""
    authentication_event_id: str = ""
    scope: tuple[str, ...] | str = ()


class OAuth:
    """Asks for consent, and for tokens, in the name of one app."""

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str = "",
        app_type: AppType = AppType.WEB,
        login_url: str = DEFAULT_LOGIN_URL,
        identity_url: str = DEFAULT_IDENTITY_URL,
        http: httpx2.Client,
        clock: calls.Clock,
        on_exchange: calls.OnExchange | None = None,
        patience: calls.Patience | None = None,
    ) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._app_type = app_type
        self._authorize_url = f"{login_url.rstrip('/')}/identity/connect/authorize"
        self._token_url = f"{identity_url.rstrip('/')}/connect/token"
        self._caller = calls.Caller(http=http, clock=clock, on_exchange=on_exchange, patience=patience)

    def __repr__(self) -> str:
        return f"<OAuth of {self._client_id}>"

    def begin(self, *, redirect_uri: str, scopes: Sequence[str] = SCOPES) -> Consent:
        """Make the address to send a person to. Check that the callback's `state` is this one.

        Raises ValueError for a custom connection, which asks nobody.
        """
        if self._app_type is AppType.CUSTOM:
            raise ValueError("a custom connection asks nobody for consent")
        state = secrets.token_urlsafe(32)
        verifier = secrets.token_urlsafe(64) if self._app_type is AppType.PKCE else ""
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(scopes),
            "state": state,
        }
        if verifier:
            asked |= {"code_challenge": challenge(verifier), "code_challenge_method": "S256"}
        return Consent(url=f"{self._authorize_url}?{urlencode(asked)}", state=state, verifier=verifier)

    def exchange_code(self, *, code: str, redirect_uri: str, verifier: str = "") -> Tokens:
        """Trade the code of a callback for tokens; it works once, within five minutes. Raises NotConnected, AppRefused."""
        asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return self._ask(asked | ({"code_verifier": verifier} if verifier else {}))

    def refresh(self, *, refresh_token: str) -> Tokens:
        """Trade a refresh token for a new pair. Raises NotConnected when it is dead, Unanswered when to try it again."""
        return self._ask({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def client_credentials(self, *, scopes: Sequence[str] = SCOPES) -> Tokens:
        """Ask for the token of a custom connection; it has no refresh token. Raises AppRefused."""
        # Scopes about a person mean nothing where no person is asked.
        kept = [scope for scope in scopes if scope not in ("openid", "profile", "email", "offline_access")]
        return self._ask({"grant_type": "client_credentials", "scope": " ".join(kept)})

    def _ask(self, asked: dict[str, str]) -> Tokens:
        asked_at = self._caller.now()
        reply = self._caller.send(self._call(asked))
        verdicts.check_token(reply, now=self._caller.now())
        try:
            told = wire.decode(reply.body, _TokenAnswer)
        except wire.Unreadable:  # its text may quote the body, which holds tokens
            raise verdicts.unexpected(reply, "unreadable tokens") from None
        return _tokens(told, asked_at)

    def _call(self, asked: dict[str, str]) -> calls.Call:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if self._app_type is AppType.PKCE:
            asked = asked | {"client_id": self._client_id}
        else:
            pair = f"{self._client_id}:{self._client_secret}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        body = urlencode(asked).encode()
        return calls.Call(method="POST", url=self._token_url, is_write=True, headers=headers, body=body)


def challenge(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _tokens(told: _TokenAnswer, asked_at: datetime) -> Tokens:
    claims = _claims(told.access_token)
    claimed = claims.scope.split() if isinstance(claims.scope, str) else claims.scope
    return Tokens(
        access_token=told.access_token,
        refresh_token=told.refresh_token,
        expires_at=asked_at + timedelta(seconds=told.expires_in),
        scopes=tuple(told.scope.split()) or tuple(claimed),
        xero_user_id=claims.xero_userid,
        authentication_event_id=claims.authentication_event_id,
    )


def _claims(token: str) -> _Claims:
    """Read a JWT's middle part; anything that is no JWT has no claims."""
    parts = token.split(".")
    if len(parts) != 3:
        return _Claims()
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        return wire.decode(base64.urlsafe_b64decode(padded), _Claims)
    except (ValueError, wire.Unreadable):
        return _Claims()
