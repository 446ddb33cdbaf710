"""What an organisation's plan allows: caps on approvals in a month, e-mails in a day, actions that it doesn't have.

From developer.xero.com, api/accounting/invoices (Starter plans approve 20 invoices and 5 bills a month) and the
OpenAPI file's GET /Organisation/Actions. No organisation here has a cap until a tester sets one.
"""

from bluestamp.sandbox import wire
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.errors import ElementRefused
from bluestamp.sandbox.organisations import ACTIONS, Organisation

REACHED = "You have reached the limit of invoices you can approve"
APPROVALS = {
    "ACCREC": "CreateApprovedInvoice",
    "ACCPAY": "CreateApprovedBill",
    "PURCHASEORDER": "CreateApprovedPurchaseOrder",
}
EMAILS_A_DAY = {"DEMO": 0, "TRIAL": 20}
EMAILS_PAID = 1000


def approve(act: Act, kind: str) -> None:
    """Take one approval through the API out of the plan's. Raises ElementRefused when it gives none (any more)."""
    if APPROVALS.get(kind) in act.organisation.forbidden_actions or _is_spent(act, kind):
        raise ElementRefused([REACHED])
    if _cap(act.organisation, kind) is not None:
        _count(act, _month(act, kind))


def count_email(act: Act) -> bool:
    """Count an e-mail in this day of the organisation's; False when there are none left."""
    organisation = act.organisation
    by_plan = EMAILS_A_DAY.get(organisation.organisation_class, EMAILS_PAID)
    cap = by_plan if organisation.emails_a_day is None else organisation.emails_a_day
    name = f"emails {act.today.isoformat()}"
    if _counted(act, name) >= cap:
        return False
    _count(act, name)
    return True


def render_actions(act: Act) -> list[wire.Json]:
    """GET /Organisation/Actions."""
    forbidden = set(act.organisation.forbidden_actions)
    forbidden |= {action for kind, action in APPROVALS.items() if _is_spent(act, kind)}
    return [{"Name": name, "Status": "NOT-ALLOWED" if name in forbidden else "ALLOWED"} for name in ACTIONS]


def _cap(organisation: Organisation, kind: str) -> int | None:
    return {"ACCREC": organisation.invoice_cap, "ACCPAY": organisation.bill_cap}.get(kind)


def _is_spent(act: Act, kind: str) -> bool:
    cap = _cap(act.organisation, kind)
    return cap is not None and _counted(act, _month(act, kind)) >= cap


def _month(act: Act, kind: str) -> str:
    return f"approved {kind} {act.today:%Y-%m}"


def _counted(act: Act, name: str) -> int:
    sql = "SELECT next FROM numbers WHERE organisation = ? AND sequence = ?"
    return int(act.store.scalar(sql, act.organisation.id, name) or 0)


def _count(act: Act, name: str) -> None:
    act.store.put("numbers", organisation=act.organisation.id, sequence=name, next=_counted(act, name) + 1)
