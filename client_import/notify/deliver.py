"""Deliver what is due in the outbox, one notification at a time."""

from __future__ import annotations

from client_import.errors import DeliveryError, JobNotFoundError
from client_import.failpoints import failpoint
from client_import.jobs.log import logger
from client_import.jobs.outbox import Notification
from client_import.jobs.store import JobStore
from client_import.notify.message import message_of, outcome_of
from client_import.notify.services import send
from client_import.notify.webhook import post
from client_import.receivers import Receiver
from client_import.settings import Settings


def deliver_next(settings: Settings, store: JobStore) -> bool:
    """Tell a receiver what it is to be told next; return False when nothing is due.

    A receiver that cannot be told is logged and told later, or given up. Raises StoreError when the job store cannot be
    used.
    """
    receivers = {receiver.mark: receiver for receiver in settings.receivers}
    _address(store, receivers)
    notification = store.outbox.claim(receivers)
    if notification is None:
        return False
    receiver = receivers[notification.receiver]
    try:
        _tell(settings, store, receiver, notification)
    except DeliveryError as error:
        store.outbox.put_off(notification)
        logger.warning("%s", _not_told(receiver, notification, error))
    else:
        failpoint("told")
        store.outbox.sent(notification)
    return True


def _address(store: JobStore, receivers: dict[str, Receiver]) -> None:
    """Write the notifications of the jobs that are untold, and give up those that no receiver is left for."""
    for code in store.outbox.untold():
        outcome = outcome_of(store.job(code))
        store.outbox.address(code, [mark for mark, receiver in receivers.items() if outcome in receiver.outcomes])
        failpoint("addressed")
    for code in store.outbox.give_up_unknown(receivers):
        logger.warning("Nobody is told any more of job %s at an address that CLIENT_IMPORT_NOTIFY no longer has.", code)


def _tell(settings: Settings, store: JobStore, receiver: Receiver, notification: Notification) -> None:
    try:
        message = message_of(store.job(notification.job), settings.public_url)
    except JobNotFoundError:
        return  # somebody has deleted its record
    if receiver.is_webhook:
        post(receiver, message, notification.id, settings.notify_secret.get_secret_value())
    else:
        send(receiver, message)


def _not_told(receiver: Receiver, notification: Notification, error: DeliveryError) -> str:
    minutes = notification.pause.total_seconds() / 60
    then = "It is given up" if notification.is_last else f"It is tried again in {minutes:.0f} min"
    return f"The end of job {notification.job} could not be told to {receiver.shown}. {error} {then}."
