"""Post a message to a webhook, signed as Standard Webhooks says (https://www.standardwebhooks.com)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import time

from client_import.errors import DeliveryError
from client_import.notify.message import Message
from client_import.receivers import Receiver
from client_import.setting_forms import signing_key

_SECONDS = 10.0


def post(receiver: Receiver, message: Message, notification_id: str, secret: str) -> None:
    """Post the body of ``message``; its signature is made with ``secret``, and there is none if that is empty.

    A redirect is not followed, because a signed message is only for the address that was set. Raises DeliveryError
    unless the answer is a 2xx.
    """
    import httpx  # imported here, because it is slow to import and loads what is for terminals

    logging.getLogger("httpx").setLevel(logging.WARNING)  # below that it logs whole addresses
    headers = {
        "content-type": "application/json",
        "user-agent": "client-import",
        **signed_headers(notification_id, int(time.time()), message.body, secret),
    }
    try:
        with (
            httpx.Client(timeout=_SECONDS, follow_redirects=False) as client,
            client.stream("POST", receiver.url, content=message.body, headers=headers) as answer,
        ):
            status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:  # whose text may have the address
        raise DeliveryError(f"It could not be reached ({type(error).__name__}).") from None
    if not 200 <= status < 300:
        raise DeliveryError(f"It answered {status}{', and redirects are not followed' if 300 <= status < 400 else ''}.")


def signed_headers(notification_id: str, timestamp: int, body: bytes, secret: str) -> dict[str, str]:
    """Return the headers ``webhook-id`` and ``webhook-timestamp``, and with a secret ``webhook-signature``."""
    headers = {"webhook-id": notification_id, "webhook-timestamp": str(timestamp)}
    if secret:
        signed = b".".join((notification_id.encode("ascii"), str(timestamp).encode("ascii"), body))
        signature = hmac.new(signing_key(secret), signed, hashlib.sha256).digest()
        headers["webhook-signature"] = f"v1,{base64.b64encode(signature).decode('ascii')}"
    return headers
