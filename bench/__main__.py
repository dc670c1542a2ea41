"""`make bench`: measure Balai beside its reference and write the figures down.

python -m bench                       everything, as docs/performance.md shows it (about an hour)
python -m bench lifecycles flood      scenarios that are programs of their own take options there: python -m bench.flood --help
python -m bench reports --regions 1 --rounds 3
python -m bench onboarding memory home
"""

import argparse
import subprocess
import sys
import time

from balai.app import create_app
from balai.devstack import postgres, stack
from balai.devstack.instance import Instance
from balai.settings import Settings
from bench import home, issuer, memory, onboarding, report, reports, seed

SCENARIOS = ("reports", "onboarding", "memory", "home")
# Each fills a database of its own and prints its table.
ALONE = (
    "lifecycles", "inbox", "public", "flood", "managers", "evidence", "billing", "callbacks",
    "water_notices", "water_readings", "water_billing",
)  # fmt: skip


def main() -> None:
    """Run the scenarios that are named, all by default."""
    options = _parse()
    wanted = options.scenario or (*SCENARIOS, *ALONE)
    found = report.Report.of_this_machine()
    was_running = postgres.running_port(Instance.named("bench")) is not None
    server = stack.ensure_postgres("bench")
    try:
        if "reports" in wanted:
            _reports(server, options, found)
        if "onboarding" in wanted:
            found.onboarding = onboarding.measure(options.together)
        if "memory" in wanted:
            found.memory = memory.measure(server, _environ())
        if "home" in wanted:
            found.home = home.measure(server, _environ())
    finally:
        if not was_running:
            stack.stop("bench")
    print(found.text())
    if options.write:
        found.write()
    for name in (name for name in ALONE if name in wanted):
        print(f"\n### {name}", flush=True)
        subprocess.run([sys.executable, "-m", f"bench.{name}"], check=True)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "scenario",
        nargs="*",
        choices=[[], *SCENARIOS, *ALONE],
        help=f"{', '.join((*SCENARIOS, *ALONE))} (default: all)",
    )
    defaults = reports.Sizes()
    parser.add_argument("--regions", default=",".join(map(str, defaults.regions)), help="database sizes, e.g. 1,50,552")
    parser.add_argument("--cases", type=int, default=defaults.cases, help="cases per region")
    parser.add_argument("--rounds", type=int, default=defaults.rounds, help="interleaved rounds; medians are reported")
    parser.add_argument(
        "--requests", type=int, default=defaults.requests, help="requests per round, work and contestant"
    )
    parser.add_argument("--connections", type=int, default=defaults.connections)
    parser.add_argument("--workers", type=int, default=defaults.workers)
    parser.add_argument("--threads", type=int, default=defaults.threads)
    parser.add_argument("--together", type=int, default=20, help="regions onboarded at once")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/performance.md")
    return parser.parse_args()


def _reports(server: seed.PgInfo, options: argparse.Namespace, found: report.Report) -> None:
    sizes = reports.Sizes(
        tuple(int(n) for n in options.regions.split(",")), options.cases, options.rounds, options.requests,
        options.connections, options.workers, options.threads,
    )  # fmt: skip
    began = time.monotonic()
    databases: list[seed.PgInfo] = []
    try:
        with issuer.serve() as signer:
            stages = []
            for count in sizes.regions:
                databases.append(seed.migrated(server, f"bench_reports_{count}"))
                stage = reports.Stage(databases[-1], signer, Instance.named("bench").logs, _environ())
                app = create_app(Settings.from_env(stage.balai_environ(sizes)))
                stages.append((stage, seed.Seeder(databases[-1], sizes.cases, app).grow(count)))
                app.extensions["balai.db"].close()
                print(f"  {count} daerah x {sizes.cases} laporan ({time.monotonic() - began:.0f} s)", flush=True)
            found.reports = reports.measure(stages, sizes, print)
    finally:
        for database in databases:
            database.drop_database(database.database)
    found.sizes = sizes


def _environ() -> dict[str, str]:
    """Secrets of the bench's own instance."""
    here = Instance.named("bench")
    known = here.read_secrets()
    return {
        "BALAI_SECRET_KEY": known["SECRET_KEY"],
        "BALAI_KEK_FILE": str(here.kek_file),
        "BALAI_FILES_DIR": str(here.files),
        "BALAI_PORTAL_CLIENT_SECRET": known["PORTAL_CLIENT_SECRET"],
        "BALAI_CONSOLE_CLIENT_SECRET": known["CONSOLE_CLIENT_SECRET"],
    }


if __name__ == "__main__":
    main()
