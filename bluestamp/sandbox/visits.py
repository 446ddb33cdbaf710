"""One visit of a person to a page: the request, the world, and the frame that every page stands in."""

from collections.abc import Sequence
from dataclasses import dataclass

from werkzeug import Request

from bluestamp.sandbox import control, faces, organisations
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.idempotency import Answered
from bluestamp.sandbox.labels import SECTION_LABELS
from bluestamp.sandbox.organisations import Organisation
from bluestamp.sandbox.world import World

REMEMBERED = "organisation"


@dataclass(frozen=True)
class Frame:
    """What stands around every page: where one is, what time it is here, what is out of order."""

    organisations: Sequence[Organisation]
    organisation: Organisation | None
    here: str
    now_ms: int
    is_moved: bool
    faults: int
    webhook_state: str
    sections: dict[str, str]


@dataclass(frozen=True)
class Visit:
    """One page request. `words` are the parts of its path."""

    world: World
    request: Request
    words: tuple[str, ...]

    def show(
        self,
        template: str,
        *,
        here: str,
        organisation: Organisation | None = None,
        status: int = 200,
        **told: object,
    ) -> Answered:
        """Write a page inside the frame; the organisation last looked at stays in the frame by a cookie."""
        held = organisations.every(self.world.store)
        known = self.request.cookies.get(REMEMBERED, "")
        shown = organisation or next((item for item in held if item.id == known), held[0])
        clock, faults = self.world.clock, self.world.faults
        frame = Frame(
            organisations=held,
            organisation=shown,
            here=here,
            now_ms=clock.now_ms(),
            is_moved=clock.is_moved,
            faults=sum(not fault.is_spent for fault in faults.listed),
            webhook_state=str(self.world.webhooks.state),
            sections=SECTION_LABELS,
        )
        answered = faces.page(template, status=status, frame=frame, organisation=shown, **told)
        answered.headers["Set-Cookie"] = f"{REMEMBERED}={shown.id}; Path=/; SameSite=Lax; HttpOnly"
        return answered

    def organisation(self, organisation_id: str) -> Organisation:
        """An organisation by its tenant id. Raises NotFound."""
        return organisations.load(self.world.store, organisation_id.lower())

    def owner(self, table: str, row_id: str) -> Organisation:
        """The organisation that a document or a contact belongs to. Raises NotFound."""
        held = self.world.store.scalar(f"SELECT organisation FROM {table} WHERE id = ?", row_id.lower())
        return organisations.load(self.world.store, held or "")

    def act(self, organisation: Organisation) -> Act:
        """What the bookkeeper does in an organisation."""
        return control.act_in(self.world, organisation, self.request)

    def number(self, name: str, default: int = 1) -> int:
        """A whole number from the address, at least one."""
        text = self.request.args.get(name, "")
        return max(1, int(text)) if text.isdigit() else default
