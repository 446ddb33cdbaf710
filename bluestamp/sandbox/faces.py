"""Writing pages: one Jinja environment, everything escaped, one small script of our own."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote_plus

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from bluestamp.sandbox.errors import NotFound
from bluestamp.sandbox.idempotency import Answered

HERE = Path(__file__).parent
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self';"
    " script-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
LONG_ID = re.compile(r"([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)

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
    """A style sheet, script or font of the web face. Raises NotFound."""
    path = HERE / "static" / name
    if "/" in name or path.suffix not in MEDIA_TYPES or not path.is_file():
        raise NotFound
    return Answered(
        200, {"Content-Type": MEDIA_TYPES[path.suffix], "Cache-Control": "max-age=300"}, path.read_bytes()
    )


def show_money(amount: Decimal, currency: str = "") -> str:
    """1,234.50, with the currency before it."""
    return f"{currency} {amount:,.2f}".strip()


def show_cents(amount: int, currency: str = "") -> str:
    """Whole cents as money."""
    return show_money(Decimal(amount) / 100, currency)


def show_quantity(amount: Decimal | None) -> str:
    """2.5, without the zeros that don't matter."""
    if amount is None:
        return ""
    return f"{amount.normalize():f}"


def show_day(value: date | str | None) -> str:
    """10 Nov 2026."""
    moment = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{moment.day} {moment:%b %Y}" if moment else "–"


def show_instant(ms: int) -> str:
    """10 Nov 2026 11:02 UTC."""
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return f"{moment.day} {moment:%b %Y %H:%M} UTC"


def show_time(ms: int) -> str:
    """10 Nov 11:02:07."""
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return f"{moment.day} {moment:%b %H:%M:%S}"


def show_size(count: int) -> str:
    """812 B, 4.2 kB, 1.3 MB."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def show_body(raw: bytes) -> str:
    """A body to read: JSON indented, what is no text named."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return f"({show_size(len(raw))} that are no text)"
    try:
        return msgspec.json.format(text, indent=2).replace("\r\n", "\n")
    except msgspec.DecodeError:
        return text.replace("\r\n", "\n")


def shorten_ids(path: str) -> str:
    """A path with its ids cut to their first part."""
    return LONG_ID.sub(r"\1…", path)


_environment.filters.update(
    money=show_money,
    cents=show_cents,
    quantity=show_quantity,
    day=show_day,
    instant=show_instant,
    time=show_time,
    size=show_size,
    body=show_body,
    brief=shorten_ids,
    unquoted=unquote_plus,
)
