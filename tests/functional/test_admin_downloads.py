"""A region takes its data along from the console; failed jobs get another chance."""

import io
import json
import re
import zipfile
from datetime import timedelta

import psycopg
import pytest

from balai import audit, jobs
from balai.admin import downloads
from balai.admin.models import DataExport
from balai.clock import frozen, now
from balai.jobs.worker import drain
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.pages import post_form


def text(response):
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


@pytest.fixture
def admin(client, tenant):
    act_as(client, tenant, "admin", name="Dewi Admin")
    return client


@pytest.fixture
def made(admin, app, tenant):
    """An archive that the worker has made; its id."""
    assert post_form(admin, "/kelola/unduh").status_code == 303
    drain(app, tenant=tenant)
    with app.app_context(), tenant_scope(tenant) as session:
        (order,) = downloads.exports(session)
        assert order.state == "done"
        return order.id


def test_order_make_fetch(admin, app, tenant, made):
    assert "siap" in text(admin.get("/kelola/unduh/daftar"))
    answer = admin.get(f"/kelola/unduh/{made}.zip")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert manifest["tenant"]["slug"] == tenant.slug
        assert manifest["personal"] is False
    answer.close()
    with app.app_context(), tenant_scope(tenant) as session:
        acts = {e.action for e in audit.entries(session, action="export.")}
    assert acts == {"export.ordered", "export.made", "export.fetched"}


def test_the_archive_is_gone_after_a_day(admin, app, tenant, made):
    with frozen(now() + timedelta(hours=25)), app.app_context(), tenant_scope(tenant) as session:
        order = session.get(DataExport, (tenant.id, made))
        path = downloads.archive(tenant, order)
        assert path.is_file()
        assert path.stat().st_mode & 0o077 == 0
        downloads.drop_exports(session, tenant)
        assert not path.exists()
    assert admin.get(f"/kelola/unduh/{made}.zip").status_code == 404


def test_it_can_be_deleted_before(admin, made):
    assert post_form(admin, f"/kelola/unduh/{made}/hapus").status_code == 303
    assert admin.get(f"/kelola/unduh/{made}.zip").status_code == 404


def test_another_region_cannot_fetch_or_delete_it(client_of, other_tenant, made):
    stranger = client_of(other_tenant)
    act_as(stranger, other_tenant, "admin")
    assert stranger.get(f"/kelola/unduh/{made}.zip").status_code == 404
    assert post_form(stranger, f"/kelola/unduh/{made}/hapus").status_code == 404


def test_readable_personal_data_needs_the_right_and_a_reason(client, tenant, app):
    act_as(client, tenant, "admin")
    assert 'name="personal"' not in text(client.get("/kelola/unduh"))
    assert post_form(client, "/kelola/unduh", {"personal": "ya", "reason": "Pindah sistem."}).status_code == 403
    act_as(client, tenant, "admin", "officer")
    refused = post_form(client, "/kelola/unduh", {"personal": "ya", "reason": "ya"})
    assert refused.status_code == 422
    assert post_form(client, "/kelola/unduh", {"personal": "ya", "reason": "Pindah ke sistem lain."}).status_code == 303
    again = post_form(client, "/kelola/unduh")
    assert again.status_code == 422
    assert "masih disiapkan" in text(again)
    drain(app, tenant=tenant)
    with app.app_context(), tenant_scope(tenant) as session:
        (order,) = downloads.exports(session)
        assert (order.personal, order.state) == (True, "done")
    act_as(client, tenant, "admin")
    assert client.get(f"/kelola/unduh/{order.id}.zip").status_code == 403


@pytest.fixture
def dead_job(database, tenant):
    """A job of the region that has used up its attempts."""
    with psycopg.connect(database.owner_url) as connection:
        row = connection.execute(
            "INSERT INTO jobs.procrastinate_jobs (queue_name, task_name, priority, status, attempts, args)"
            " VALUES ('default', 'audit.seal', 0, 'failed', 6, jsonb_build_object('tenant_id', %s::int)) RETURNING id",
            (tenant.id,),
        ).fetchone()
    return row[0]


def test_a_failed_job_is_shown_and_tried_again(admin, app, tenant, dead_job):
    page = text(admin.get("/kelola/pekerjaan"))
    assert "Sudah dicoba 6 kali" in page
    assert "audit.seal" in page
    assert post_form(admin, f"/kelola/pekerjaan/{dead_job}/ulangi").status_code == 303
    with app.app_context(), tenant_scope(tenant) as session:
        assert [job.id for job in jobs.jobs_of_tenant(session, "todo")] == [dead_job]
        assert audit.entries(session, action="job.retried")


def test_a_failed_job_is_dropped_after_a_question(admin, app, tenant, dead_job):
    assert "Buang pekerjaan ini?" in text(admin.get(f"/kelola/pekerjaan/{dead_job}/buang"))
    assert post_form(admin, f"/kelola/pekerjaan/{dead_job}/buang").status_code == 303
    assert admin.get(f"/kelola/pekerjaan/{dead_job}/buang").status_code == 404
    with app.app_context(), tenant_scope(tenant) as session:
        assert jobs.jobs_of_tenant(session, "failed") == []


def test_another_regions_failed_job_is_unknown(client_of, other_tenant, dead_job):
    stranger = client_of(other_tenant)
    act_as(stranger, other_tenant, "admin")
    assert "audit.seal" not in text(stranger.get("/kelola/pekerjaan"))
    assert post_form(stranger, f"/kelola/pekerjaan/{dead_job}/ulangi").status_code == 404
    assert stranger.get(f"/kelola/pekerjaan/{dead_job}/buang").status_code == 404
