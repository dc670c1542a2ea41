"""Views of `/kelola/pekerjaan`."""

from flask import Response, redirect
from werkzeug.wrappers import Response as AnyResponse

from balai import db, plugins
from balai.admin import jobs
from balai.admin.routes import console
from balai.auth import require
from balai.web import flash, render
from balai.web.i18n import gettext as _

PAGE = "/kelola/pekerjaan"


@console.get("/pekerjaan")
@require("members.manage")
def jobs_page() -> Response:
    """Failed, running and waiting jobs."""
    return render("admin/jobs.html", board=jobs.board(db.session()), areas=_areas())


@console.post("/pekerjaan/<int:job_id>/ulangi")
@require("members.manage")
def retry_job(job_id: int) -> AnyResponse:
    """Try a failed job again."""
    jobs.retry(db.session(), job_id)
    flash(_("Pekerjaan dicoba lagi."))
    return redirect(PAGE, 303)


@console.get("/pekerjaan/<int:job_id>/buang")
@require("members.manage")
def ask_drop(job_id: int) -> Response:
    """Ask once more before a failed job is given up."""
    return render("admin/job_drop.html", job=jobs.find_failed(db.session(), job_id), areas=_areas())


@console.post("/pekerjaan/<int:job_id>/buang")
@require("members.manage")
def drop_job(job_id: int) -> AnyResponse:
    """Give a failed job up."""
    jobs.drop(db.session(), job_id)
    flash(_("Pekerjaan dibuang."))
    return redirect(PAGE, 303)


def _areas() -> dict[str, object]:
    titles = {p.name: p.manifest.titles["id"] for p in plugins.manager().installed if p.manifest}
    return {**jobs.AREAS, **titles}
