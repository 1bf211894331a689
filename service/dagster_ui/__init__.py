"""The Dagster UI behind a guard: ``python -m service.dagster_ui``.

Dagster's web server has no login, answers to any name, and takes changes from any website. So it is a process of its
own that answers only below a secret path (:mod:`service.dagster_ui.webserver`), and what is reached from outside is a
small server that checks who asks, and hands on what may pass (:mod:`service.dagster_ui.guard`).
"""
