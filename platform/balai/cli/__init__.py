"""The `balai` command. Each group imports what it needs when it is called, so that `balai --help` answers at once."""

from importlib import import_module

import click

_GROUPS = {
    "db": ("balai.cli.database", "Database: migrations and their state"),
    "region": ("balai.cli.region", "The Kemendagri list of regions"),
    "tenant": ("balai.cli.tenant", "Regional governments on this deployment"),
    "plugin": ("balai.cli.plugin", "Service plugins: installed, on, off"),
    "user": ("balai.cli.user", "Members of a region"),
    "identity": ("balai.cli.identity", "The Keycloak realm and its redirect addresses"),
    "keys": ("balai.cli.keys", "Encryption keys"),
    "audit": ("balai.cli.audit", "The sealed record of who did what"),
    "demo": ("balai.cli.demo", "Three regions with believable data"),
    "doctor": ("balai.cli.doctor", "Check everything and say how to fix it"),
    "serve": ("balai.cli.serve", "Run the web server"),
    "worker": ("balai.cli.worker", "Run the background worker"),
}


class _Lazy(click.Group):
    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(_GROUPS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _GROUPS:
            return None
        command: click.Command = import_module(_GROUPS[cmd_name][0]).command
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_module, text) in _GROUPS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON document on stdout.")
@click.version_option(package_name="balai", prog_name="balai")
@click.pass_context
def main(ctx: click.Context, as_json: bool) -> None:
    """Balai: the platform on which regional governments serve their people.

    Settings come from BALAI_* variables (docs/operate.md). Exit codes: 0 done, 1 needs attention, 2 wrong usage or settings,
    3 a part can't be reached, 4 refused.
    """
    ctx.obj = {"json": as_json}
