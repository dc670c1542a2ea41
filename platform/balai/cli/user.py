"""`balai user`: members of a region, for when its console can't be reached."""

import click

from balai.cli.context import application, find_tenant
from balai.cli.output import answer, say, table


@click.group()
def command() -> None:
    """Members of a region."""


@command.command("list")
@click.argument("region")
def list_users(region: str) -> None:
    """Active members of REGION; addresses are masked."""
    from balai.auth import members
    from balai.tenancy import tenant_scope

    with application(), tenant_scope(find_tenant(region)) as session:
        rows = [
            {
                "id": str(m.id),
                "name": m.name,
                "email": members.masked_email(session, m),
                "roles": ", ".join(m.roles),
                "joined": m.joined_at.date().isoformat() if m.joined_at else "invited",
            }
            for m in members.list_members(session)
        ]
    columns = {"name": "Name", "email": "Mail", "roles": "Roles", "joined": "Joined", "id": "Id"}
    table(rows, columns, "Nobody yet: `balai user invite`")


@command.command()
@click.argument("region")
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
@click.option(
    "--role", "roles", multiple=True, required=True, help="admin, officer, leader, auditor, helper or <plugin>.<role>."
)
def invite(region: str, email: str, name: str, roles: tuple[str, ...]) -> None:
    """Make EMAIL a member of REGION."""
    from balai import audit
    from balai.auth import members
    from balai.tenancy import tenant_scope

    with application(), tenant_scope(find_tenant(region)) as session, audit.acting_as(audit.SYSTEM):
        invited = members.invite_member(session, email, name, roles)
    answer(
        {"id": str(invited.member.id), "password": invited.password, "warning": invited.warning}, f"{name} is invited."
    )
    if invited.password:
        say(f"One-time password (shown once): {invited.password}")
    if invited.warning:
        say(invited.warning)


@command.command()
@click.argument("region")
@click.argument("member_id", type=click.UUID)
def remove(region: str, member_id: str) -> None:
    """Take MEMBER_ID out of REGION; the last admin can't go."""
    from uuid import UUID

    from balai import audit
    from balai.auth import members
    from balai.tenancy import tenant_scope

    with application(), tenant_scope(find_tenant(region)) as session, audit.acting_as(audit.SYSTEM):
        gone = members.remove_member(session, UUID(str(member_id)))
    answer({"id": str(gone.id)}, f"{gone.name} has left.")
