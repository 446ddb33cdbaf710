"""What people adds to the command line: founding studios, letting people in, links and tokens.

`register` is called before Django is set up, so the rooms are imported by the commands themselves. A command returns
what is to be printed, and lets refusals through: the command line prints their sentence.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from bluestamp.people.rows import Studio
    from bluestamp.people.users import User


class Command(Protocol):
    """What stands in `args.run`: needs the database and Django set up."""

    def __call__(self, args: Namespace) -> str: ...


def register(commands: _SubParsersAction[ArgumentParser]) -> None:
    """Add `studio`, `person`, `token` and `sign-in-link`; each sets `run` to a Command."""
    studio = commands.add_parser("studio", help="studios").add_subparsers(required=True, metavar="what")
    _register_studio_create(studio.add_parser("create", help="found a studio with its first owner"))
    person = commands.add_parser("person", help="people").add_subparsers(required=True, metavar="what")
    _register_person_add(person.add_parser("add", help="let a person into a studio"))
    _register_person_invite(
        person.add_parser("invite", help="print a link by which a person may join a studio")
    )
    _register_person_reset(
        person.add_parser("reset-two-factor", help="forget the authenticators of somebody who lost theirs")
    )
    token = commands.add_parser("token", help="tokens for the API").add_subparsers(
        required=True, metavar="what"
    )
    _register_token_create(token.add_parser("create", help="make a token that acts as a person in a studio"))
    link = commands.add_parser("sign-in-link", help="a link that signs a person in once, on this machine")
    link.add_argument("email")
    link.set_defaults(run=sign_in_link)


def _register_studio_create(parser: ArgumentParser) -> None:
    parser.add_argument("name")
    parser.add_argument("--owner-email", required=True)
    parser.add_argument("--owner-name", required=True)
    parser.add_argument("--country", default="GB", help="two letters, GB by default")
    parser.add_argument("--currency", default="GBP", help="three letters, GBP by default")
    parser.add_argument("--time-zone", default="Europe/London", help="Europe/London by default")
    parser.add_argument(
        "--slug", default="", help="the first word of its addresses, made of the name by default"
    )
    parser.set_defaults(run=studio_create)


def _register_person_add(parser: ArgumentParser) -> None:
    _take_a_person(parser)
    parser.set_defaults(run=person_add)


def _take_a_person(parser: ArgumentParser) -> None:
    parser.add_argument("email")
    parser.add_argument("--studio", required=True, help="the first word of its addresses")
    parser.add_argument("--name", required=True)
    parser.add_argument("--role", required=True, choices=["owner", "producer", "bookkeeper", "accountant"])


def _register_person_invite(parser: ArgumentParser) -> None:
    _take_a_person(parser)
    parser.set_defaults(run=person_invite)


def _register_person_reset(parser: ArgumentParser) -> None:
    parser.add_argument("email")
    parser.set_defaults(run=person_reset_two_factor)


def _register_token_create(parser: ArgumentParser) -> None:
    parser.add_argument("--studio", required=True, help="the first word of its addresses")
    parser.add_argument("--email", required=True, help="of the person as whom it acts")
    parser.add_argument("--name", required=True, help="what it is for")
    parser.set_defaults(run=token_create)


def studio_create(args: Namespace) -> str:
    """Found a studio, and say how its owner gets in."""
    from django.utils import timezone

    from bluestamp.people import founding

    founded = founding.found_studio(
        name=args.name,
        country=args.country,
        currency=args.currency,
        time_zone=args.time_zone,
        owner_email=args.owner_email,
        owner_name=args.owner_name,
        slug=args.slug,
        now=timezone.now(),
    )
    return f"Founded {founded.studio.name} at /{founded.studio.slug}/.\n{_link_for(founded.owner)}"


def person_add(args: Namespace) -> str:
    """Let a person in; they are sent a letter."""
    from django.utils import timezone

    from bluestamp.engine import tenancy
    from bluestamp.people import actors, memberships
    from bluestamp.people.permissions import Role

    studio = _studio(args.studio)
    with tenancy.acting_in(studio.pk):
        added = memberships.add(
            email=args.email,
            name=args.name,
            role=Role(args.role),
            by=actors.command_line(studio.pk),
            now=timezone.now(),
        )
    return f"{added.user.name} is in {studio.name} as {added.role}. A letter with a link is on its way."


def person_invite(args: Namespace) -> str:
    """Invite a person and print the link of the letter, for an installation without mail."""
    from django.conf import settings
    from django.utils import timezone

    from bluestamp.engine import tenancy
    from bluestamp.people import actors, invitations
    from bluestamp.people.permissions import Role

    studio, now = _studio(args.studio), timezone.now()
    with tenancy.acting_in(studio.pk):
        made = invitations.invite(
            email=args.email,
            name=args.name,
            role=Role(args.role),
            by=actors.command_line(studio.pk),
            now=now,
            sends=False,
        )
    written = invitations.write(made.pk, now=now)
    assert written is not None, "it was made just now"
    link = f"{settings.BLUESTAMP_URL}{invitations.PATH}{written[1]}/"
    return f"{made.name} may join {studio.name} as {made.role}, once, within seven days:\n{link}"


def person_reset_two_factor(args: Namespace) -> str:
    """Forget somebody's authenticators; they enrol anew before they see a studio that demands it."""
    from django.utils import timezone

    from bluestamp.people import two_factor, users

    user = users.find(args.email)
    gone = two_factor.reset_by_command(user, now=timezone.now())
    return f"{user.name} has no authenticator any more." if gone else f"{user.name} had no authenticator."


def token_create(args: Namespace) -> str:
    """Make a token, and print it this once."""
    from django.utils import timezone

    from bluestamp.engine import tenancy
    from bluestamp.people import memberships, tokens, users

    studio = _studio(args.studio)
    by = memberships.actor(users.find(args.email), studio, via="cli")
    with tenancy.acting_in(studio.pk):
        _, plain = tokens.create(by=by, name=args.name, now=timezone.now())
    return f"{plain}\nIt is shown this once: only its hash is kept."


def sign_in_link(args: Namespace) -> str:
    """Print a link for somebody who exists."""
    from bluestamp.people import users

    return _link_for(users.find(args.email))


def _studio(slug: str) -> Studio:
    from bluestamp.people import studios

    return studios.of_slug(slug)


def _link_for(user: User) -> str:
    from django.conf import settings
    from django.utils import timezone

    from bluestamp.people import sign_in_links

    path = sign_in_links.make(user, timezone.now())
    return f"Sign in as {user.name}, once, within ten minutes, on this machine:\nhttp://localhost:{settings.PORT}{path}"
