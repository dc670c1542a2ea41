"""A made-up year in the three demo regions, by the demo's own loader: every number on the pages equals what this file counts from
the stories, and what everybody sees gives no small number of a district away.
"""

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from statistics import median_low

import pytest
from sqlalchemy import select

from balai import clock
from balai.admin.demo import proof, year
from balai.admin.demo.proof import given
from balai.cases import units
from balai.evidence.models import VerdictRow
from balai.evidence.verdicts import services
from balai.places import Area, districts, kemendagri, villages
from balai.testing.acting import act_as
from balai.testing.evidence import rolled_up
from balai.web.formats import angka, persen, rupiah

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
# The demo's own numbers of reports and people, divided: the shape of its regions is what matters here.
PART = 4
TOPIC_OF = {
    "air": "Air bersih", "jalan": "Jalan dan jembatan", "sampah": "Sampah dan kebersihan", "lampu": "Lampu jalan dan listrik",
    "ketertiban": "Keamanan dan ketertiban", "pohon": "Taman dan pohon", "pelayanan": "Pelayanan kantor",
    "lainnya": "Saluran dan genangan",  # by its words
}  # fmt: skip
WAYS = {"web": "situs web", "counter": "loket", "phone": "telepon", "api": "aplikasi lain"}


def in_window(at, zone):
    return date(2025, 11, 1) <= at.astimezone(zone).date() < date(2026, 11, 1)


def worked(calendar, start, end):
    """Working seconds between two moments, day by day."""
    total, day = 0, calendar.today(start)
    while day <= calendar.today(end):
        if calendar.is_working(day):
            first = datetime.combine(day, datetime.min.time(), calendar.zone)
            total += (min(end, first + timedelta(days=1)) - max(start, first)).total_seconds()
        day += timedelta(days=1)
    return int(total)


def days(seconds):
    return f"{angka(seconds / 86400, 1)} hari kerja"


class Told:
    """What pages must show of one service, counted from its stories by the definitions in docs/evidence.md."""

    def __init__(self, stories, service, calendar):
        zone, self.calendar = calendar.zone, calendar
        self.mine = [s for s in stories if s.service == service]
        self.asked = [s for s in self.mine if in_window(s.filed_at, zone)]
        # A reopened case ended when it ended last.
        self.ended = [s for s in self.mine if s.closings and in_window(s.closings[-1][0], zone)]
        self.done = sum(s.closings[-1][1] == "done" for s in self.ended)
        self.people = Counter((s.person, s.filed_at.astimezone(zone).year) for s in self.asked if s.person)
        self.stars = [s.stars for s in self.mine if s.stars and in_window(s.closings[-1][0] + timedelta(hours=1), zone)]
        self.took = sorted(worked(calendar, s.filed_at, s.closings[-1][0]) for s in self.ended)

    def facts(self, districts, people, cost):
        """Label -> text of the page's list of figures."""
        asked, ended = len(self.asked), len(self.ended)
        late, again = sum(bool(s.overdue_at) for s in self.ended), self.reopened()
        part = lambda n: f"{n} ({persen(n / ended)})"  # noqa: E731
        liked, rated = sum(n >= 4 for n in self.stars), len(self.stars)
        ways = sorted(Counter(s.channel for s in self.asked).items(), key=lambda item: (-item[1], item[0]))
        return {
            "Diminta dalam 12 bulan penuh": angka(asked), "Berakhir": angka(ended), "Selesai ditangani": angka(self.done),
            "Ditinggalkan pemohon": angka(sum(s.closings[-1][1] == "withdrawn" for s in self.ended)),
            "Lewat tenggat": part(late), "Dibuka lagi": part(again),
            "Orang berbeda": f"{len(self.people)} dan {sum(not s.person for s in self.asked)} tanpa kontak",
            "Orang yang memakai lagi": angka(sum(n > 1 for n in self.people.values())),
            "Dibantu petugas": persen(sum(s.assisted for s in self.asked) / asked),
            "Separuh selesai dalam": days(median_low(self.took)),
            "Sembilan dari sepuluh selesai dalam": days(self.took[-(-len(self.took) * 9 // 10) - 1]),
            "Puas (4 atau 5 bintang)":
                f"{persen(liked / rated)} dari {rated} penilai, {persen(rated / ended)} dari yang berakhir",
            "Kecamatan yang meminta": f"{len({s.village[:8] for s in self.asked})} dari {districts}",
            "Orang sasaran": angka(people), "Lewat apa": ", ".join(f"{WAYS[way]} {n}" for way, n in ways),
            "Unit yang dilewati satu permintaan": "1",
            "Biaya setahun": f"{rupiah(cost)} {rupiah(round(Fraction(cost, self.done)))} per selesai"
                f" {rupiah(round(Fraction(cost, len(self.people))))} per orang",
        }  # fmt: skip

    def reopened(self):
        return sum(bool(s.reopened_at) and in_window(s.reopened_at, self.calendar.zone) for s in self.mine)

    def months(self):
        """Rows of the page's table of months."""
        rows = []
        for back in range(12, 0, -1):
            year_, month = divmod(2026 * 12 + 10 - back, 12)

            def inside(at, first=date(year_, month + 1, 1)):
                return self.calendar.today(at).replace(day=1) == first

            ended = [s for s in self.mine if s.closings and inside(s.closings[-1][0])]
            took = sorted(worked(self.calendar, s.filed_at, s.closings[-1][0]) for s in ended)
            rows.append([
                f"{month + 1:02d}/{year_}", angka(sum(inside(s.filed_at) for s in self.mine)),
                angka(sum(s.closings[-1][1] == "done" for s in ended)), angka(median_low(took) / 86400, 1) if took else "–",
            ])  # fmt: skip
        return rows

    def districts(self):
        """District code -> how many asked."""
        return Counter(s.village[:8] for s in self.asked)


def furnished(session, tenant, monkeypatch, code):
    """The tenant with the districts and villages of a demo region, furnished by the demo's own loader; its stories."""
    mine, known = tenant.region_code, {a.code: a for a in session.scalars(select(Area))}
    for row in kemendagri._area_rows(code):
        place = {key: value.replace(code, mine, 1) if key.endswith("code") else value for key, value in row.items()}
        if place["code"] in known:
            known[place["code"]].name = place["name"]
        else:
            session.add(Area(**place))
    session.flush()
    told = proof.given()
    monthly = {service: max(1, number // PART) for service, number in told["monthly"][code].items()}
    monkeypatch.setitem(told["people"], mine, told["people"][code] // PART)
    monkeypatch.setitem(told["monthly"], mine, monthly)
    proof.furnish(session, mine)
    rolled_up(session)
    services.judge_all(session)
    session.commit()
    return year.tell(int(mine.replace(".", "")), monthly, villages(session), NOW)


def plain(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\xa0", " ").split()).replace(" ,", ",").replace("( ", "(")


def table(page, caption):
    """Rows of the table with this caption, each cell as its reader sees it."""
    body = page.split(f"<caption>{caption}</caption>")[1].split("</table>")[0].split("<tbody>")[1]
    return [
        [plain(cell) for cell in re.findall(r"<t[hd][ >].*?</t[hd]>", row, re.DOTALL)]
        for row in body.split("</tr>")[:-1]
    ]


def divided(amount, weights):
    """Largest remainder, worked out with fractions."""
    exact = {key: Fraction(amount * weight, sum(weights.values())) for key, weight in weights.items()}
    found = {key: int(value) for key, value in exact.items()}
    for key in sorted(exact, key=lambda k: (found[k] - exact[k], k))[: amount - sum(found.values())]:
        found[key] += 1
    return found


@pytest.mark.parametrize("code", sorted(given()["people"]))
def test_every_number_of_a_demo_region_equals_its_stories(session, tenant, office, client, monkeypatch, code):
    with clock.frozen(NOW):
        stories = furnished(session, tenant, monkeypatch, code)
        calendar, places_ = units.calendar(session), districts(session)
        told = {key: Told(stories, key, calendar) for key in ("feedback.pengaduan", "feedback.usul")}
        rows = {r.subject: r for r in session.scalars(select(VerdictRow))}
        assert rows["feedback.permintaan-informasi"].verdict == "title_only"
        assert rows["feedback.pengaduan"].verdict in {"useful", "growing", "unproven"}
        spent = 60_000_000 + 2400 * 45_000 + 18_000_000
        asked = {key: len(one.asked) for key, one in told.items()} | {"feedback.permintaan-informasi": 0}
        homes = Counter(v.parent_code for v in villages(session))
        people = given()["people"][code] // PART
        sizes = {key: people * number // sum(homes.values()) for key, number in homes.items()}
        act_as(client, tenant, "leader")
        for key, one in told.items():
            page = client.get(f"/kelola/manfaat/{rows[key].id}").get_data(as_text=True)
            shown = {plain(k): plain(v) for k, v in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page, re.DOTALL)}
            assert shown == {
                k: plain(v) for k, v in one.facts(len(places_), people, divided(spent, asked)[key]).items()
            }
            assert table(page, "Bulan demi bulan") == one.months()
            counted = one.districts()
            assert table(page, "Menurut kecamatan") == [
                [p.name, angka(n), angka(n * 10_000 / sizes[p.code], 1)] if (n := counted[p.code])
                else [p.name, "belum diketahui", "–"] for p in places_
            ]  # fmt: skip
        money = {app["nama"]: int(app["biaya_per_tahun"]) for app in given()["apps"]}
        titles = {"feedback.pengaduan": "Pengaduan", "feedback.usul": "Usul"}
        money |= {titles.get(key, "Permintaan informasi"): cost for key, cost in divided(spent, asked).items()}
        the_lists_add_up(client.get("/kelola/manfaat").get_data(as_text=True), money, rows.values())
        needs_equal(client.get("/kelola/manfaat/kebutuhan").get_data(as_text=True), stories, calendar, people, sizes)
        everybody_learns_no_small_number(client, told["feedback.pengaduan"], places_)


def the_lists_add_up(page, money, rows):
    """Three lists: each service and app once with its rupiah, each list with its sum, and what could be saved."""
    actions, seen = {row.title: row.action for row in rows}, {}
    for action, title in (("stop", "Hentikan"), ("fix", "Perbaiki"), ("keep", "Teruskan")):
        mine = {name: cost for name, cost in money.items() if actions[name] == action}
        section = page.split(f'<h2 id="{action}">{title}</h2>')[1].split("</section>")[0]
        if mine:
            assert f"Bersama-sama {rupiah(sum(mine.values()))} setahun." in section
            for html in section.split("<tbody>")[1].split("</tr>")[:-1]:
                name = re.search(r'<a href="/kelola/manfaat/[^"]+" translate="no">([^<]+)</a>', html)[1]
                cells = [plain(cell) for cell in re.findall(r"<t[hd][ >].*?</t[hd]>", html, re.DOTALL)]
                seen[name] = cells[2].split(" ")[0]
    assert seen == {name: rupiah(cost) for name, cost in money.items()}
    same = {"Lapor Kita", "Usul Kita", "Tanya Informasi"}  # as services that are on
    saved = sum(cost for name, cost in money.items() if actions[name] == "stop" or name in same)
    assert f"{rupiah(saved)} setahun bisa dihemat" in page


def needs_equal(page, stories, calendar, people, sizes):
    """Every topic of the needs map: reports a year, per 10,000 people, share in time, the district that has most of them."""
    rows = {row[0]: row[1:4] for row in (cells for cells in table_of(page, "Kebutuhan menurut topik"))}
    for category, label in TOPIC_OF.items():
        mine = [s for s in stories if s.category == category]
        asked = [s for s in mine if in_window(s.filed_at, calendar.zone)]
        ended = [s for s in mine if s.closings and in_window(s.closings[-1][0], calendar.zone)]
        head, found = next(item for item in rows.items() if item[0].startswith(label))
        in_time = persen(sum(not s.overdue_at for s in ended) / len(ended))
        assert (label, found) == (label, [angka(len(asked)), angka(len(asked) * 10_000 / people, 1), plain(in_time)])
        worst = max(n * 10_000 / sizes[code] for code, n in Counter(s.village[:8] for s in asked).items())
        assert f"{angka(worst, 1)} laporan per 10.000 jiwa di Kecamatan" in head


def table_of(page, caption):
    """The same for a table whose caption is hidden."""
    return table(re.sub(rf"<caption[^>]*>{caption}</caption>", f"<caption>{caption}</caption>", page), caption)


def everybody_learns_no_small_number(client, told, places_):
    page = client.get("/manfaat/layanan/feedback/pengaduan").get_data(as_text=True)
    rows, counted = table(page, "Menurut kecamatan"), told.districts()
    hidden = 0
    for place, (name, asked, per) in zip(places_, rows, strict=True):
        number = counted[place.code]
        assert (name, asked == "belum diketahui") == (place.name, number == 0)
        if asked == "tidak ditampilkan":
            hidden += number
            assert per == "–"
        elif number:
            assert number >= 5
            assert int(asked.replace(".", "")) == (number + 2) // 5 * 5
    assert all(number >= 5 for number in counted.values()) == (hidden == 0)
    few = [n for n in counted.values() if n < 5]
    assert not hidden or hidden - len(few) >= 5 or hidden == len(told.asked)
