"""What `make run` and the tests start on this machine: PostgreSQL, Keycloak, a mail catcher and the supervisor.

Import the modules directly (`balai.devstack.stack` is the door for tests). This file stays empty of imports, because
`bootstrap.py` reads `checks.py` with the system's Python before anything is installed.
"""
