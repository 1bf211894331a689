"""The Dagster UI behind a guard: ``python -m service.dagster_ui``.

Dagster's web server has no login, answers to any host name, and accepts changes from any website. So it runs in its own
process and answers only below a secret path (:mod:`service.dagster_ui.webserver`). Users reach a small server in front
of it, which checks each request (:mod:`service.dagster_ui.guard`) and forwards it (:mod:`service.dagster_ui.proxy`).
"""
