"""Tell the receivers of CLIENT_IMPORT_NOTIFY that a job has ended (docs/notifications.md).

``message.py`` has what they are told, ``webhook.py`` and ``services.py`` how: by HTTP, and by Apprise. ``deliver.py``
sends what is due in the outbox of the job store, and ``deliverer.py`` does so beside other work.
"""
