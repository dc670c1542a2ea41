"""Hangs the drawing board and the services for staff into the application."""

from flask import Flask

from balai.cases.drawing import board, flow_pages, form_pages, pages, publish_pages, staff_pages  # noqa: F401 - each adds views


def init_app(app: Flask) -> None:
    """Pages under /kelola/layanan/susun, /kelola/layanan/<owner>/<service>, /kelola/layanan-pegawai and /kelola/permintaan."""
    app.register_blueprint(board.blueprint)
