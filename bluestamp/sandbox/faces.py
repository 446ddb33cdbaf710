"""Writing pages: one Jinja environment, everything escaped, no scripts."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from bluestamp.sandbox.errors import NotFound
from bluestamp.sandbox.idempotency import Answered

HERE = Path(__file__).parent
MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

_environment = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, *, status: int = 200, **told: object) -> Answered:
    """An HTML answer."""
    return Answered(status, dict(HEADERS), _environment.get_template(template).render(**told).encode())


def static(name: str) -> Answered:
    """A style sheet or font of the web face. Raises NotFound."""
    path = HERE / "static" / name
    if "/" in name or path.suffix not in MEDIA_TYPES or not path.is_file():
        raise NotFound
    return Answered(
        200, {"Content-Type": MEDIA_TYPES[path.suffix], "Cache-Control": "max-age=300"}, path.read_bytes()
    )


def show_money(amount: Decimal, currency: str = "") -> str:
    """1,234.50, with the currency before it."""
    return f"{currency} {amount:,.2f}".strip()


def show_day(value: date | None) -> str:
    """10 Nov 2026."""
    return f"{value.day} {value:%b %Y}" if value else "–"


def show_instant(ms: int) -> str:
    """10 Nov 2026 11:02 UTC."""
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return f"{moment.day} {moment:%b %Y %H:%M} UTC"


_environment.filters.update(money=show_money, day=show_day, instant=show_instant)
