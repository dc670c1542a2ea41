"""Word rules over pasted texts: suggestions where exactly one thing fits, silence everywhere else; one line of contact."""

import time

import pytest

from balai.cases.counter.reading import read
from balai.cases.counter.services import read_contact
from balai.cases.counter.topics import Topic
from balai.errors import Invalid

ABOUT = "Laporkan yang rusak, terganggu, atau pelayanan yang tidak semestinya."
TOPICS = [
    Topic("feedback.pengaduan|jalan", "Pengaduan", "Jalan dan jembatan", ABOUT, "pengaduan"),
    Topic("feedback.pengaduan|lampu", "Pengaduan", "Lampu jalan", ABOUT, "pengaduan"),
    Topic("feedback.pengaduan|sampah", "Pengaduan", "Sampah dan kebersihan", ABOUT, "pengaduan"),
    Topic("feedback.permintaan-informasi|", "Permintaan informasi", "", "Minta dokumen atau keterangan.", "informasi"),
]
AREAS = [
    ("Kecamatan Utara", [("11.01.01.2001", "Desa Mekar"), ("11.01.01.2002", "Desa Sari")]),
    ("Kecamatan Selatan", [("11.01.02.2001", "Desa Mekar"), ("11.01.02.2002", "Kelurahan Mekar Jaya")]),
]


@pytest.mark.parametrize(
    ("pasted", "topic", "region", "contact"),
    [
        (
            "[24/11/26, 14.03.11] Rina Sari: Selamat siang\n[24/11/26, 14.04.00] Rina Sari: lampunya mati, masjid desa Sari",
            "feedback.pengaduan|lampu", "11.01.01.2002", "Rina Sari",
        ),
        ("24/11/2026, 14:03 - +62 812-3456-7890: Sampahnya menumpuk", "feedback.pengaduan|sampah", "", "+62 812-3456-7890"),
        ("24/11/26 14.03 - Rina: jalan rusak\n24/11/26 14.05 - Petugas: di mana?", "feedback.pengaduan|jalan", "", ""),
        ("tolong minta dokumen informasi anggaran", "feedback.permintaan-informasi|", "", ""),
        ("lampu mati, sampah menumpuk", "", "", ""),  # two fit alike
        ("halo pak", "", "", ""),
        ("di desa mekar", "", "", ""),  # there are two
        ("di desa mekar kecamatan selatan", "", "11.01.02.2001", ""),
        ("di kelurahan mekar jaya", "", "11.01.02.2002", ""),
        ("mekarsari", "", "", ""),
    ],
)  # fmt: skip
def test_suggestions(pasted: str, topic: str, region: str, contact: str) -> None:
    found = read(pasted, TOPICS, AREAS)
    assert (found.topic, found.region, found.contact) == (topic, region, contact)


def test_the_lines_of_whatsapp_go_and_the_words_stay() -> None:
    found = read(
        "[24/11/26, 14.03.11] Rina: lampu mati di depan masjid Al Huda, sudah 3 hari\r\nsejak 20.30: gelap",
        TOPICS,
        AREAS,
    )
    assert found.text == "lampu mati di depan masjid Al Huda, sudah 3 hari\nsejak 20.30: gelap"
    assert found.landmark == "di depan masjid Al Huda"


@pytest.mark.parametrize(
    "pasted", ["", "\x00" * 500, "[" * 20_000, "24/11/26 14.03 " * 1500, "di depan " * 2500, "٣" * 9000]
)
def test_nonsense_is_read_quickly(pasted: str) -> None:
    began = time.perf_counter()
    read(pasted, TOPICS, AREAS)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    ("line", "name", "phone"),
    [
        ("Rina Sari 0812 3456 7890", "Rina Sari", "0812 3456 7890"),
        ("+62 812-3456-7890, Pak Budi", "Pak Budi", "+62 812-3456-7890"),
        ("Ibu Wati (022) 123-4567", "Ibu Wati", "022) 123-4567"),
        ("Rina", "Rina", ""),
        ("  ", "", ""),
    ],
)
def test_name_and_phone_from_one_line(line: str, name: str, phone: str) -> None:
    found = read_contact(line)
    assert (found.name, found.phone) == (name, phone)


@pytest.mark.parametrize("line", ["Rina 12345", "Rina 8123 4567", "x" * 161])
def test_a_number_that_is_none_is_asked_again(line: str) -> None:
    with pytest.raises(Invalid):
        read_contact(line)
