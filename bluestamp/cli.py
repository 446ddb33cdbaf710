"""The one command: `bluestamp serve`, `bluestamp doctor` and so on.

A command is a function of the parsed arguments that returns what is to be printed, or nothing. Unless it says otherwise
it finds the database up and up to date, and Django ready. What they refuse is printed as its sentence, without a traceback.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeAlias, cast

from bluestamp import errors, serve, startup
from bluestamp.engine import environment, postgres
from bluestamp.people import commands as people_commands

PASSED_ON: Final = {"sandbox", "django"}
"""Commands that read what follows by themselves, their options included."""
Commands: TypeAlias = "_SubParsersAction[ArgumentParser]"
Run: TypeAlias = Callable[[Namespace], "str | int | None"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code: 1 when it was refused, 130 when interrupted."""
    arguments = _read(sys.argv[1:] if argv is None else list(argv))
    try:
        text = _run(arguments)
    except KeyboardInterrupt:
        return 130
    except (errors.Refusal, startup.NotReady, postgres.NotStartable, environment.NotUnderstood) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    if isinstance(text, int):
        return text
    if text:
        print(text)
    return 0


def _read(argv: list[str]) -> Namespace:
    """Understand the command line; what follows `sandbox` and `django` is theirs, options too."""
    if argv[:1] in (["sandbox"], ["django"]):
        arguments = _parser().parse_args(argv[:1])
        arguments.rest = argv[1:]
        return arguments
    return _parser().parse_args(argv)


def _run(arguments: Namespace) -> str | int | None:
    run = cast("Run", arguments.run)
    if not getattr(arguments, "needs_database", True):
        return run(arguments)
    with startup.database():
        if not getattr(arguments, "takes_it_as_it_is", False):
            startup.migrate(say=_say_aside)
        return run(arguments)


def names_of_commands() -> list[str]:
    """All commands, in the order of the help."""
    return [
        name
        for action in _parser()._actions
        if isinstance(action, _SubParsersAction)
        for name in action.choices
    ]


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="bluestamp", description="The back office of a creative studio, in step with Xero."
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    _register_running(commands)
    _register_keeping(commands)
    people_commands.register(commands)
    return parser


def _register_running(commands: Commands) -> None:
    add = commands.add_parser("serve", help="everything on this machine: database, web and worker")
    add.add_argument(
        "--host", default=os.environ.get("BLUESTAMP_LISTEN", "127.0.0.1"), help="127.0.0.1 by default"
    )
    add.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")), help="8000 by default")
    add.set_defaults(run=run_serve, needs_database=False)
    add = commands.add_parser("demo", help="everything, with a sample studio and a sandbox Xero")
    add.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")), help="8000 by default")
    add.add_argument(
        "--sandbox-port",
        type=int,
        default=int(os.environ.get("SANDBOX_PORT", "8600")),
        help="8600 by default",
    )
    add.set_defaults(run=run_demo, needs_database=False)
    add = commands.add_parser("worker", help="a worker alone, for further machines")
    add.set_defaults(run=run_worker, needs_database=False)
    add = commands.add_parser("sandbox", help="a working Xero for trying things out", add_help=False)
    add.set_defaults(run=run_sandbox, needs_database=False)


def _register_keeping(commands: Commands) -> None:
    commands.add_parser("migrate", help="bring the database up to date").set_defaults(
        run=run_migrate, takes_it_as_it_is=True
    )
    commands.add_parser("doctor", help="look whether all is well").set_defaults(
        run=run_doctor, takes_it_as_it_is=True
    )
    add = commands.add_parser("backup", help="database and files into one archive, without the keys")
    add.add_argument("target", type=Path, nargs="?", help="a file; by default one named after the day")
    add.set_defaults(run=run_backup, takes_it_as_it_is=True)
    add = commands.add_parser("restore", help="an archive into an empty database")
    add.add_argument("source", type=Path)
    add.set_defaults(run=run_restore, takes_it_as_it_is=True)
    keys = commands.add_parser("keys", help="the keys that seal secrets")
    rotate = keys.add_subparsers(required=True, metavar="what").add_parser(
        "rotate", help="seal all by a new key"
    )
    rotate.set_defaults(run=run_keys_rotate, takes_it_as_it_is=True)
    add = commands.add_parser("django", help="Django's own commands", add_help=False)
    add.set_defaults(run=run_django, takes_it_as_it_is=True)


def run_serve(arguments: Namespace) -> None:
    """Everything on this machine, until told to stop."""
    serve.serve(host=arguments.host, port=arguments.port, say=_say)


def run_demo(arguments: Namespace) -> None:
    """Everything, with a sample studio and a sandbox Xero, until told to stop."""
    from bluestamp import demo

    demo.run(port=arguments.port, sandbox_port=arguments.sandbox_port, say=_say)


def run_worker(arguments: Namespace) -> None:
    """A worker alone, until told to stop."""
    serve.work(say=_say)


def run_sandbox(arguments: Namespace) -> int:
    """Hand over to the sandbox, the one place that knows it."""
    from bluestamp.sandbox import server

    return server.main(arguments.rest)


def run_migrate(arguments: Namespace) -> str:
    """Bring the database up to date."""
    startup.migrate(say=_say)
    return "The database is up to date."


def run_doctor(arguments: Namespace) -> int:
    """Print what was found; 1 when something is wrong."""
    from bluestamp import doctor

    findings = doctor.examine()
    for finding in findings:
        print(finding)
    return 0 if all(finding.is_well for finding in findings) else 1


def run_backup(arguments: Namespace) -> str:
    """Write an archive."""
    from bluestamp import backups

    return backups.write(target=arguments.target)


def run_restore(arguments: Namespace) -> str:
    """Read an archive into an empty database."""
    from bluestamp import backups

    return backups.restore(source=arguments.source)


def run_keys_rotate(arguments: Namespace) -> str:
    """Seal everything by a new key."""
    from bluestamp import key_rotation

    return key_rotation.rotate()


def run_django(arguments: Namespace) -> None:
    """Pass everything on to Django."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(["bluestamp django", *arguments.rest])


def _say_aside(line: str) -> None:
    """For commands whose answer may be read by a program."""
    print(line, file=sys.stderr, flush=True)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
