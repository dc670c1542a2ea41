"""A plugin whose role reaches for rights that aren't there: the role is left out, the platform stands."""

SOURCE = """
from balai.api import Permission, Role

@hookimpl
def register_permissions():
    return [Permission("contoh.lihat", "Melihat contoh")]

@hookimpl
def register_roles():
    return [
        Role("contoh.baik", "Baik", frozenset({"contoh.lihat", "cases.work"})),
        Role("contoh.salah", "Salah", frozenset({"contoh.lihat", "contoh.tidakada"})),
        Role("contoh.rakus", "Rakus", frozenset({"tenants.manage"})),
    ]
"""


def test_a_role_with_unknown_rights_is_left_out(workshop, make_app, caplog):
    workshop.add("contoh", SOURCE)
    app = make_app()
    try:
        roles = app.extensions["balai.permissions"].roles
    finally:
        app.extensions["balai.db"].close()
    assert "contoh.baik" in roles
    assert "contoh.salah" not in roles
    assert "contoh.rakus" not in roles
    assert "contoh.tidakada" in caplog.text
    assert "tenants.manage" in caplog.text
