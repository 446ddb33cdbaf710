"""What an integrator looks at: every API call and every webhook, with both bodies."""

import msgspec

from bluestamp.sandbox import call_log, organisations, posting
from bluestamp.sandbox.config import CATEGORIES
from bluestamp.sandbox.errors import NotFound
from bluestamp.sandbox.idempotency import Answered
from bluestamp.sandbox.store import Row
from bluestamp.sandbox.visits import Visit
from bluestamp.sandbox.webhooks import INTENT

PAGE_SIZE = 50
STATES = {
    "done": ("Delivered", "ok"),
    "waiting": ("Waiting", "warn"),
    "held": ("Held back", "warn"),
    "expired": ("Too old", "gone"),
}


def calls(visit: Visit) -> Answered:
    """The list of calls, or one call. Raises NotFound."""
    if len(visit.words) > 1:
        return _call(visit, visit.words[1])
    args = visit.request.args
    tab = args.get("tab", "all")
    wanted = call_log.Wanted(
        tab=tab if tab in call_log.TABS else "all",
        text=args.get("q", "").strip(),
        organisation=args.get("organisation", ""),
        page=visit.number("page"),
    )
    rows, count = call_log.page(visit.world.store, wanted)
    return visit.show(
        "calls.html",
        here="calls",
        rows=rows,
        wanted=wanted,
        count=count,
        pages=max(1, -(-count // call_log.PAGE_SIZE)),
        tabs=call_log.TABS,
        names=_names(visit),
    )


def webhooks(visit: Visit) -> Answered:
    """The subscription with its deliveries, or one delivery. Raises NotFound."""
    if len(visit.words) > 1:
        return _delivery(visit, visit.words[1])
    store, page = visit.world.store, visit.number("page")
    rows = store.all(
        "SELECT * FROM deliveries ORDER BY id DESC LIMIT ? OFFSET ?", PAGE_SIZE, (page - 1) * PAGE_SIZE
    )
    count = int(store.scalar("SELECT COUNT(*) FROM deliveries"))
    return visit.show(
        "webhooks.html",
        here="webhooks",
        webhooks=visit.world.webhooks,
        rows=[(row, msgspec.json.decode(row["body"])["events"]) for row in rows],
        states=STATES,
        waiting=store.scalar("SELECT COUNT(*) FROM events WHERE state IN ('new', 'late')"),
        intents=store.all("SELECT * FROM attempts WHERE delivery = ? ORDER BY id DESC LIMIT 4", INTENT),
        categories=CATEGORIES,
        page=page,
        pages=max(1, -(-count // PAGE_SIZE)),
        now_ms=visit.world.clock.now_ms(),
    )


def _call(visit: Visit, number: str) -> Answered:
    found = call_log.find(visit.world.store, int(number)) if number.isdigit() else None
    if found is None:
        raise NotFound
    row, bodies = found
    headers = msgspec.json.decode(bodies["headers"]) if bodies else {"sent": {}, "answered": {}}
    return visit.show(
        "call.html",
        here="calls",
        row=row,
        bodies=bodies,
        headers=headers,
        curl=_curl(visit, row, bodies, headers["sent"]),
        names=_names(visit),
    )


def _curl(visit: Visit, row: Row, bodies: Row | None, headers: dict[str, str]) -> str:
    """The same call for a terminal; the token is the caller's own."""
    address = visit.request.host_url.rstrip("/") + row["path"] + (f"?{row['query']}" if row["query"] else "")
    said = [f"curl -X {row['method']} '{address}'"]
    if row["path"].startswith("/api.xro/"):
        said.append('-H "Authorization: Bearer $TOKEN"')
    said += [f"-H '{name}: {value}'" for name, value in headers.items() if name != "User-Agent"]
    sent = bodies["sent"].decode("utf-8", "replace").replace("'", "'\\''") if bodies else ""
    return " \\\n  ".join([*said, *([f"--data '{sent}'"] if sent else [])])


def _delivery(visit: Visit, number: str) -> Answered:
    store = visit.world.store
    row = store.one("SELECT * FROM deliveries WHERE id = ?", int(number)) if number.isdigit() else None
    if row is None:
        raise NotFound
    target = visit.world.webhooks.target
    return visit.show(
        "delivery.html",
        here="webhooks",
        row=row,
        state=STATES.get(row["state"], (row["state"], "")),
        attempts=store.all("SELECT * FROM attempts WHERE delivery = ? ORDER BY id", row["id"]),
        signature=posting.sign(row["body"], target.key) if target else "",
        target=target,
    )


def _names(visit: Visit) -> dict[str, str]:
    return {item.id: item.name for item in organisations.every(visit.world.store)}
