"""Uploads: a photo, document or voice note is sent first, named by its token in the case afterwards."""

from flask import Response, request

from balai import auth, db, files, rest
from balai.cases.api.schemas import Uploaded
from balai.cases.uploads import UPLOADS_PER_HOUR
from balai.errors import Invalid, UnsupportedMedia
from balai.rest import describe
from balai.web import limits
from balai.web.i18n import gettext as _

blueprint = rest.Blueprint(
    "api_files",
    __name__,
    tag="files",
    url_prefix=f"{rest.API_PREFIX}/files",
    description="Foto, dokumen, dan suara untuk laporan.",
)
_MULTIPART = "multipart/form-data"
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            _MULTIPART: {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"],
                }
            }
        },
    }
}


def _documented(view: describe.View) -> describe.View:
    return describe.with_doc(view, _BODY)


@blueprint.route("", methods=["POST"])
@blueprint.public
@_documented
@blueprint.answers(
    Uploaded,
    status=201,
    summary="Unggah satu berkas",
    description=(
        "Foto (JPEG, PNG, WebP), PDF, atau rekaman suara (Opus atau AAC, paling lama 60 detik)."
        " Foto disimpan ulang tanpa data tersembunyi."
    ),
    problems=(413, 415, 422, 429),
)
def upload() -> Response:
    """Kept as a draft for a day."""
    principal = auth.current()
    if principal is None:
        limits.count("cases.upload", allowed=UPLOADS_PER_HOUR, seconds=3600)
    if request.mimetype != _MULTIPART:
        raise UnsupportedMedia(_("Kirim berkasnya sebagai multipart/form-data, bagian file."))
    found = request.files.get("file")
    if found is None:
        raise Invalid.field("/file", _("Lampirkan berkasnya di bagian file."))
    # Which of them a question takes is asked when the token is used.
    file, token = files.store_draft(
        db.session(), found.stream.read(), filename=found.filename, kinds=files.STAFF, field="/file"
    )
    return rest.reply(Uploaded(token, file.media_type, file.size), 201)
