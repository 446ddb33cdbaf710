"""/in/<code>: what a customer sees who follows an online invoice's link (Xero's in.xero.com); here, its paper."""

from werkzeug import Request

from bluestamp.sandbox import documents, organisations, papers
from bluestamp.sandbox.acts import Act, Doer
from bluestamp.sandbox.errors import NotFound
from bluestamp.sandbox.idempotency import Answered
from bluestamp.sandbox.kinds import INVOICE
from bluestamp.sandbox.world import World


def page(world: World, request: Request, code: str) -> Answered:
    """GET /in/<code>. Raises NotFound."""
    found = papers.by_online_code(world.store, code)
    if found is None or request.method != "GET":
        raise NotFound
    organisation = organisations.load(world.store, found[0])
    act = Act(store=world.store, clock=world.clock, organisation=organisation, doer=Doer("A customer"))
    document = documents.find(world.store, organisation.id, INVOICE, found[1])
    if document is None:
        raise NotFound
    return Answered(200, {"Content-Type": "application/pdf"}, papers.pdf(act, document))
