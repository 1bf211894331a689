"""Send a message through Apprise: by mail, to Teams, to Slack, and to more than a hundred other services.

Apprise is imported when an address asks for it, because it is slow to import.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from client_import.errors import DeliveryError, OptionsError
from client_import.notify.message import Message
from client_import.receivers import Outcome, Receiver

if TYPE_CHECKING:
    import apprise

_SECONDS = 20.0
_TRY_IT = "`apprise -vv --body test ADDRESS` says why"


def check_receivers(receivers: tuple[Receiver, ...]) -> None:
    """Raise OptionsError that names each receiver whose address Apprise does not understand."""
    unknown = [receiver.shown for receiver in receivers if not receiver.is_webhook and not _apprise_for(receiver)]
    if unknown:
        raise OptionsError(
            f"Apprise does not understand {' and '.join(unknown)}. Its list of services has the form of each: "
            f"https://appriseit.com/services/. {_TRY_IT}."
        )


def send(receiver: Receiver, message: Message) -> None:
    """Send the title and the text of ``message``; raises DeliveryError when the service does not take it."""
    import apprise

    service = _apprise_for(receiver)
    if service is None:
        raise DeliveryError("Apprise does not understand that address.")
    kind = {
        Outcome.CLEAN: apprise.NotifyType.SUCCESS,
        Outcome.ERRORS: apprise.NotifyType.WARNING,
        Outcome.FAILED: apprise.NotifyType.FAILURE,
        Outcome.CANCELLED: apprise.NotifyType.INFO,
    }[message.outcome]
    text = apprise.NotifyFormat.TEXT
    if not service.notify(message.text, message.title, kind, body_format=text, timeout=_SECONDS):
        raise DeliveryError(f"It did not take the message; {_TRY_IT}.")


def _say_nothing(_record: logging.LogRecord) -> bool:
    """Keep Apprise from logging: it says parts of addresses, such as to whom a mail is."""
    return False


def _apprise_for(receiver: Receiver) -> apprise.Apprise | None:
    """Return Apprise with that address alone, or None if it does not understand it; it logs nothing."""
    import apprise

    logging.getLogger("apprise").addFilter(_say_nothing)
    asset = apprise.AppriseAsset(app_id="client-import", app_desc="client-import", app_url="", http_redirects=False)
    service = apprise.Apprise(asset=asset)
    return service if service.add(receiver.url) else None
