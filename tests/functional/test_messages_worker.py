"""Messages under real worker processes: killed in the middle nothing is lost and nothing arrives twice; a slow gateway holds up
nobody else's messages."""

import os
import signal
import subprocess
import sys
import time as clock
from contextlib import contextmanager
from dataclasses import fields
from datetime import time

import psycopg
import pytest
from sqlalchemy import select

from balai import keys, notify
from balai.cases import messages  # noqa: F401 - registers the texts
from balai.db import new_id
from balai.notify import hours
from balai.notify.gateways import Config
from balai.notify.models import Gateway, Message
from balai.settings import variable
from balai.tenancy import tenant_scope
from balai.testing.gateway import GatewaySimulator

# The real worker with shorter patience for dead ones.
PROGRAM = """
import sys
from balai.app import create_app
from balai.jobs import worker
worker.HEARTBEAT, worker.STALLED, worker.RESCUE_EVERY = 0.3, 1.5, 0.5
if __name__ == "__main__":
    worker.run(create_app(), concurrency=2)
"""
SAMPLE = notify.templates()["cases.answered"].sample


@pytest.fixture
def gateway():
    with GatewaySimulator() as running:
        yield running


class Post:
    def __init__(self, app, settings, gateway, database, tmp_path):
        self.app, self.gateway, self.owner_url, self.log = app, gateway, database.owner_url, tmp_path / "worker.log"
        values = {variable(f.name): str(getattr(settings, f.name)) for f in fields(settings)}
        self.environ = {**os.environ, **values, "BALAI_OUTBOUND_ALLOW": gateway.authority}

    @contextmanager
    def worker(self):
        with self.log.open("ab") as log:
            process = subprocess.Popen([sys.executable, "-c", PROGRAM], env=self.environ, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def furnish(self, tenant, url):
        with self.app.app_context(), tenant_scope(tenant) as session:
            hours.save(session, quiet=False, quiet_from=time(21), quiet_until=time(6), quiet_mail=False)
            config = Config(url=url, reference="data.0.id")
            row = Gateway(id=new_id(), channel="sms", switched_on=True, config=config.as_dict())
            keys.seal(session, row, "secret", "x")
            session.add(row)

    def write(self, tenant, count):
        with self.app.app_context(), tenant_scope(tenant) as session:
            made = [
                notify.send(session, channel="sms", to="081234567890", template="cases.answered", data=SAMPLE)
                for _n in range(count)
            ]
            return [str(m.id) for m in made]

    def states(self, tenant):
        with self.app.app_context(), tenant_scope(tenant) as session:
            return {str(m.id): (m.state, m.attempts) for m in session.scalars(select(Message))}

    def wait(self, condition, seconds=120):
        deadline = clock.monotonic() + seconds
        while not condition():
            if clock.monotonic() > deadline:
                pytest.fail(f"not within {seconds} s\n{self.log.read_text()[-3000:]}")
            clock.sleep(0.05)


@pytest.fixture
def post(app, settings, gateway, database, tmp_path):
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("DELETE FROM jobs.procrastinate_jobs")
    return Post(app, settings, gateway, database, tmp_path)


def test_killed_while_the_gateway_answers_the_message_arrives_once(post, gateway, tenant):
    post.furnish(tenant, gateway.url)
    (message,) = post.write(tenant, 1)
    gateway.delay = 5
    with post.worker() as first:
        post.wait(lambda: len(gateway.requests) == 1)
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert post.states(tenant) == {message: ("queued", 0)}  # its transaction went with it
    gateway.delay = 0
    with post.worker():
        post.wait(lambda: post.states(tenant)[message][0] == "sent")
    assert [r.headers["idempotency-key"] for r in gateway.requests] == [message, message]
    assert list(gateway.taken) == [message]  # the gateway knows it by its key
    assert post.states(tenant) == {message: ("sent", 1)}


def test_killed_again_and_again_every_message_arrives_once(post, gateway, tenant):
    post.furnish(tenant, gateway.url)
    written = post.write(tenant, 40)
    gateway.delay = 0.05
    for _round in range(2):
        before = len(gateway.requests)
        with post.worker() as process:
            post.wait(lambda before=before: len(gateway.requests) >= before + 5)
            process.send_signal(signal.SIGKILL)
            process.wait()
    with post.worker():
        # No polling between two messages of one channel: 40 of them would take minutes.
        post.wait(lambda: {state for state, _n in post.states(tenant).values()} == {"sent"}, 60)
    assert sorted(gateway.taken) == sorted(written)
    # Each kill cost at most the one message that was on its way.
    assert len(gateway.requests) <= len(written) + 2
    assert set(post.states(tenant).values()) == {("sent", 1)}


def test_a_slow_gateway_of_one_region_holds_up_no_other_region(post, gateway, tenant, other_tenant):
    post.furnish(tenant, gateway.url)
    gateway.delay = 2
    with GatewaySimulator() as quick:
        post.environ["BALAI_OUTBOUND_ALLOW"] += f",{quick.authority}"
        post.furnish(other_tenant, quick.url)
        post.write(tenant, 30)  # a minute's work
        with post.worker():
            post.wait(lambda: len(gateway.requests) >= 1)
            started = clock.monotonic()
            post.write(other_tenant, 5)
            post.wait(lambda: len(quick.taken) == 5)
            took = clock.monotonic() - started
            assert took < 40
            # One at a time: the slow region never held more than one of the worker's two threads.
            assert len(gateway.requests) <= took / gateway.delay + 3
            assert sum(state == "sent" for state, _n in post.states(tenant).values()) >= len(gateway.requests) - 2
