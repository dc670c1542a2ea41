import pytest

from balai.plugins.installed import PluginFault
from balai.plugins.names import owner_of_path
from balai.plugins.validation import check_name


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("/layanan/air/h/tagihan", "air"),
        ("/layanan/air/gangguan", "air"),
        ("/layanan/air", "air"),
        ("/kelola/air/", "air"),
        ("/kelola/layanan/air/x", "air"),
        ("/kelola/layanan", None),
        ("/kelola/layanan/", None),
        ("/api/v1/air", "air"),
        ("/kait/air/bank", "air"),
        ("//kelola///air/x", "air"),
        ("/api/v2/air", None),
        ("/lacak/air", None),
        ("/", None),
        ("/kelola/airbersih", "airbersih"),
        ("/layanan/air.gangguan", "air.gangguan"),
    ],
)
def test_a_path_names_its_owner(path, owner):
    assert owner_of_path(path)[0] == owner


@pytest.mark.parametrize(
    ("path", "shared"),
    [
        ("/layanan/air/gangguan", True),
        ("/layanan/tiada/gangguan", True),
        ("/kelola/layanan/air/x", True),
        ("/layanan/daerah/izin", False),
        ("/kelola/air/x", False),
        ("/api/v1/air", False),
        ("/layanan", False),
    ],
)
def test_where_the_cores_rules_take_any_word_an_unknown_one_counts_as_an_owner(path, shared):
    assert owner_of_path(path)[1] is shared


@pytest.mark.parametrize(
    "name", ["daerah", "cases", "members", "laporan", "Air", "air-bersih", "1air", "a", "", "a" * 40]
)
def test_names_of_the_core_and_odd_names_are_refused(name):
    with pytest.raises(PluginFault):
        check_name(name)


def test_a_plain_word_is_a_name():
    check_name("feedback")
    check_name("air2")
