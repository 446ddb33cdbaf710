"""Tokens: RS256 JWTs with Xero's claims, and opaque refresh tokens that rotate.

From developer.xero.com, guides/oauth2: access 30 minutes, id 5 minutes, refresh 60 days unused; a replaced refresh
token works for another 30 minutes, for when the answer to the rotation was lost.
"""

import functools
import secrets
import uuid
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from bluestamp.sandbox.clock import Clock
from bluestamp.sandbox.config import RegisteredApp
from bluestamp.sandbox.errors import OAuthRefused, unauthorised
from bluestamp.sandbox.store import Store
from bluestamp.sandbox.users import USERS, User

ACCESS_SECONDS = 1800
ID_SECONDS = 300
CODE_SECONDS = 300
REFRESH_UNUSED_DAYS = 60
GRACE_SECONDS = 1800
KEY_ID = "bluestamp-sandbox-1"


@dataclass(frozen=True)
class Claims:
    """What an access token says."""

    app_id: str
    user_id: str
    scopes: frozenset[str]
    auth_event: str
    expires_at: int


@functools.cache
def _new_key() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@functools.lru_cache(maxsize=8)
def _load(pem: bytes) -> rsa.RSAPrivateKey:
    """The key object; loading it checks it, which is slow."""
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("The signing key of this state file is no RSA key")
    return key


class Tokens:
    """Issues and reads tokens. The signing key is kept in the store, so that tokens outlive a restart."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def access(
        self, app: RegisteredApp, user_id: str, scopes: frozenset[str], auth_event: str, issuer: str
    ) -> str:
        """An access token."""
        now = int(self._clock.now().timestamp())
        claims: dict[str, Any] = {
            "nbf": now,
            "exp": now + ACCESS_SECONDS,
            "iss": issuer,
            "aud": f"{issuer}/resources",
            "client_id": app.client_id,
            "jti": uuid.uuid4().hex,
            "authentication_event_id": auth_event,
            "scope": sorted(scopes),
        }
        if user_id:
            session = uuid.uuid5(uuid.NAMESPACE_URL, user_id).hex
            claims |= {
                "sub": user_id.replace("-", ""),
                "auth_time": now,
                "xero_userid": user_id,
                "global_session_id": session,
            }
        return jwt.encode(claims, _load(self._pem()), algorithm="RS256", headers={"kid": KEY_ID})

    def identity(self, app: RegisteredApp, user: User, issuer: str, nonce: str) -> str:
        """An id token."""
        now = int(self._clock.now().timestamp())
        claims = {
            "nbf": now,
            "iat": now,
            "exp": now + ID_SECONDS,
            "iss": issuer,
            "aud": app.client_id,
            "sub": user.id.replace("-", ""),
            "auth_time": now,
            "xero_userid": user.id,
            "global_session_id": uuid.uuid5(uuid.NAMESPACE_URL, user.id).hex,
            "preferred_username": user.email,
            "email": user.email,
            "given_name": user.given_name,
            "family_name": user.family_name,
            "name": user.name,
        } | ({"nonce": nonce} if nonce else {})
        return jwt.encode(claims, _load(self._pem()), algorithm="RS256", headers={"kid": KEY_ID})

    def read(self, token: str) -> Claims:
        """Check an access token. Raises a 401 that says TokenExpired or AuthenticationUnsuccessful."""
        claims = _read(token, self._pem())
        if claims is None:
            raise unauthorised("AuthenticationUnsuccessful")
        if claims.expires_at <= self._clock.now().timestamp():
            moment = self._clock.now().fromtimestamp(claims.expires_at, tz=self._clock.now().tzinfo)
            raise unauthorised(f"TokenExpired: token expired at {moment:%m/%d/%Y %H:%M:%S}")
        return claims

    def jwks(self) -> dict[str, object]:
        """The public key, for /.well-known/openid-configuration/jwks."""
        public = _load(self._pem()).public_key()
        return {
            "keys": [
                RSAAlgorithm.to_jwk(public, as_dict=True) | {"kid": KEY_ID, "use": "sig", "alg": "RS256"}
            ]
        }

    def new_refresh(self, app_id: str, user_id: str, auth_event: str) -> str:
        """A refresh token, remembered."""
        token = secrets.token_urlsafe(32)
        self._store.put(
            "refresh_tokens",
            token=token,
            user=user_id,
            app=app_id,
            auth_event=auth_event,
            made_ms=self._clock.now_ms(),
            replaced_ms=None,
        )
        return token

    def rotate(self, token: str, app_id: str) -> tuple[str, str]:
        """Take a refresh token in; (user id, auth event) it stands for. Raises invalid_grant."""
        row = self._store.one("SELECT * FROM refresh_tokens WHERE token = ? AND app = ?", token, app_id)
        now = self._clock.now_ms()
        if row is None or now - row["made_ms"] > REFRESH_UNUSED_DAYS * 86_400_000:
            raise OAuthRefused("invalid_grant")
        if row["replaced_ms"] is not None and now - row["replaced_ms"] > GRACE_SECONDS * 1000:
            raise OAuthRefused("invalid_grant")
        self._store.run(
            "UPDATE refresh_tokens SET replaced_ms = COALESCE(replaced_ms, ?) WHERE token = ?", now, token
        )
        return row["user"], row["auth_event"]

    def _pem(self) -> bytes:
        held = self._store.scalar("SELECT value FROM facts WHERE name = 'signing_key'")
        if held is None:
            held = _new_key().decode()
            self._store.put("facts", name="signing_key", value=held)
        return str(held).encode()


@functools.lru_cache(maxsize=4096)
def _read(token: str, pem: bytes) -> Claims | None:
    public = _load(pem).public_key()
    try:
        said = jwt.decode(
            token,
            public,
            algorithms=["RS256"],
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False},
        )
    except jwt.InvalidTokenError:
        return None
    return Claims(
        said["client_id"],
        said.get("xero_userid", ""),
        frozenset(said["scope"]),
        said["authentication_event_id"],
        int(said["exp"]),
    )


def user_of(claims: Claims) -> User | None:
    """The person behind a token; None for a custom connection."""
    return USERS.get(claims.user_id)
