"""axe-core in a browser test: `assert violations(page) == []`. Fetched once by hash; never part of what is shipped (MPL-2.0)."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from balai.web import vendor

if TYPE_CHECKING:
    from playwright.sync_api import Page

CACHE = Path(__file__).resolve().parents[3] / ".balai" / "vendor"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@lru_cache(maxsize=1)
def _script() -> str:
    return vendor.for_tests("axe-core", CACHE).read_text(encoding="utf-8")


def violations(page: "Page") -> list[str]:
    """What axe-core finds on the page as it is now, against WCAG 2.2 A and AA and best practice."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_script())  # through the debugger: the page's own policy lets no script in
    # Only violations are asked for, so axe describes no element that is as it should be: half of its time.
    run = "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})"
    result: dict[str, Any] = page.evaluate(run, TAGS)
    return [f"{v['id']}: {v['help']} {[n['target'] for n in v['nodes']][:4]}" for v in result["violations"]]
