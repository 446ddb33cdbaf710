"""The signature over a webhook delivery: Base64 of HMAC-SHA256 over the raw bytes, keyed by the webhook key's text.

Source: "Configuring your server" (developer.xero.com/documentation/guides/webhooks/configuring-your-server).
"""

import base64
import hashlib
import hmac

HEADER = "x-xero-signature"


def sign(body: bytes, *, key: str) -> str:
    """Return the signature of these exact bytes. Raises ValueError without a key, since anybody could sign with none."""
    if not key:
        raise ValueError("a webhook key is needed")
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def is_valid(body: bytes, *, signature: str, key: str) -> bool:
    """Say, in constant time, whether Xero signed these exact bytes. Raises ValueError without a key."""
    return hmac.compare_digest(sign(body, key=key).encode(), signature.encode(errors="replace"))
