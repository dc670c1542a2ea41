"""Every component on one page, with a form that fails: `/_gaya`, and `/_gaya?ruang=kelola` for the console's density."""

from datetime import timedelta

from flask import Response, request

from balai.clock import now
from balai.errors import FieldError
from balai.web.forms import Form
from balai.web.rendering import render_form


def show() -> Response:
    """The gallery; a POST comes back with corrections to make."""
    console = request.args.get("ruang") == "kelola"
    form = Form.of(request.form) if request.method == "POST" else Form()
    if request.method == "POST":
        form = Form.of(
            request.form,
            [
                FieldError("judul", "Tulis judul singkat, misalnya: lampu jalan mati."),
                FieldError("telepon", "Nomor HP terdiri dari 10 sampai 13 angka."),
                FieldError("foto", "Foto ini lebih dari 8 MB. Pilih foto yang lebih kecil."),
                FieldError("jenis", "Pilih salah satu."),
            ],
        )
    layout = "balai/layout/console.html" if console else "balai/layout/portal.html"
    moment = now()
    return render_form(
        "balai/pages/gallery.html",
        form,
        layout=layout,
        moment=moment,
        earlier=moment - timedelta(days=2, hours=3),
        months=[("Juni", 812), ("Juli", 904), ("Agustus", 1240), ("September", 1103), ("Oktober", 1411)],
        topics=[("Jalan rusak", 412), ("Sampah menumpuk", 371), ("Lampu jalan mati", 198), ("Air keruh", 64)],
    )
