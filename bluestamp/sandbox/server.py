"""Starting a sandbox: `main` for the command line, `create_app` for tests, `serve` for a test that wants a real port."""

import argparse
import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from types import FrameType

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from bluestamp.sandbox import switches, world
from bluestamp.sandbox.app import App
from bluestamp.sandbox.config import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Config, RegisteredApp, WebhookTarget
from bluestamp.sandbox.limits import TIERS

DEFAULT_PORT = 8600
EXIT_UNUSABLE = 2
STOP_SECONDS = 0.02
"""How soon `serve` notices that it is over."""


def create_app(config: Config | None = None) -> App:
    """A sandbox as a WSGI app. Call `close()` on it when done."""
    return App(world.build(config or Config()))


@contextlib.contextmanager
def serve(config: Config | None = None, *, port: int = 0) -> Iterator[tuple[App, str]]:
    """A sandbox on a real port of this machine, in a thread: the app and its origin."""
    app = create_app(config)
    with socket.create_server(("127.0.0.1", port)) as listener:
        server = _server(app, listener, "localhost")
        thread = threading.Thread(target=server.serve_forever, args=(STOP_SECONDS,), daemon=True)
        thread.start()
        try:
            yield app, f"http://localhost:{listener.getsockname()[1]}"
        finally:
            server.shutdown()
            thread.join()
            app.close()


def main(argv: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or Ctrl-C. Returns the exit code: 2 when the options or the port can't be used."""
    options = _parser().parse_args(argv)
    try:
        config = _config(options)
        listener = socket.create_server((options.host, options.port))
    except ValueError as fault:
        sys.stderr.write(f"{fault}\n")
        return EXIT_UNUSABLE
    except OSError as fault:
        sys.stderr.write(
            f"The sandbox can't listen on {options.host}:{options.port}: {_why(fault)}. "
            "Is another one running? Choose another port with --port.\n"
        )
        return EXIT_UNUSABLE
    with listener:
        _run(config, listener, options.host)
    return 0


def _run(config: Config, listener: socket.socket, host: str) -> None:
    app = create_app(config)
    server = _server(app, listener, host)
    signal.signal(signal.SIGTERM, _stop)
    shown = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::"} else host
    sys.stdout.write(
        f"Xero sandbox on http://{shown}:{listener.getsockname()[1]}\n"
        f"  app     {config.web_app.client_id} / {config.web_app.secret}\n"
        f"  state   {config.state or 'in a temporary file, gone when the sandbox stops'}\n"
        f"  webhook {config.webhook.url if config.webhook else 'none'}\n"
    )
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()
    server.server_close()
    app.close()


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _why(fault: OSError) -> str:
    return os.strerror(fault.errno) if fault.errno else str(fault)


class _Quiet(WSGIRequestHandler):
    """Doesn't write a line for every request: /_sandbox/calls has them."""

    server_version = "XeroSandbox/1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def _server(app: App, listener: socket.socket, host: str) -> BaseWSGIServer:
    port = listener.getsockname()[1]
    return make_server(host, port, app, threaded=True, request_handler=_Quiet, fd=listener.fileno())


def _config(options: argparse.Namespace) -> Config:
    client_id, mark, secret = options.app.partition(":")
    if not (client_id and mark and secret):
        raise ValueError("--app is written ID:SECRET.")
    if bool(options.webhook) != bool(options.webhook_key):
        raise ValueError("--webhook and --webhook-key belong together.")
    return Config(
        state=options.state,
        web_app=RegisteredApp(client_id, secret, options.app_name, redirects=tuple(options.redirect)),
        webhook=WebhookTarget(options.webhook, options.webhook_key) if options.webhook else None,
        tier=options.tier,
        switches=switches.read(strict=options.strict, lenient=options.lenient, named=options.switch),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bluestamp-sandbox", description="A working Xero for demos and tests."
    )
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="default 8600")
    parser.add_argument("--host", default="127.0.0.1", help="default 127.0.0.1: this machine only")
    parser.add_argument("--state", metavar="FILE", help="keep everything in this SQLite file")
    parser.add_argument("--app", metavar="ID:SECRET", default=f"{DEMO_CLIENT_ID}:{DEMO_CLIENT_SECRET}")
    parser.add_argument(
        "--app-name", metavar="NAME", default="Bluestamp", help="what it is called in answers"
    )
    parser.add_argument(
        "--redirect", metavar="URI", action="append", default=[], help="may be given several times"
    )
    parser.add_argument(
        "--tier", choices=tuple(TIERS), default="starter", help="calls a day, connections; default starter"
    )
    parser.add_argument("--webhook", metavar="URL", help="where webhooks go")
    parser.add_argument("--webhook-key", metavar="KEY", help="what they are signed with")
    parser.add_argument("--strict", action="store_true", help="every open question answered the harder way")
    parser.add_argument("--lenient", action="store_true", help="every open question answered the easier way")
    parser.add_argument(
        "--switch", metavar="NAME=VALUE", action="append", default=[], help="one of /_sandbox/switches"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
