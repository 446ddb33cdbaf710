"""Everything one sandbox holds, put together once."""

from dataclasses import dataclass

from bluestamp.sandbox import seeds
from bluestamp.sandbox.clock import Clock
from bluestamp.sandbox.config import Config
from bluestamp.sandbox.faults import Faults
from bluestamp.sandbox.idempotency import Answers
from bluestamp.sandbox.limits import Limits, of_tier
from bluestamp.sandbox.store import Store
from bluestamp.sandbox.switches import Switchboard
from bluestamp.sandbox.tokens import Tokens
from bluestamp.sandbox.webhooks import Webhooks


@dataclass(frozen=True)
class World:
    """One running sandbox."""

    config: Config
    store: Store
    clock: Clock
    faults: Faults
    limits: Limits
    answers: Answers
    tokens: Tokens
    webhooks: Webhooks
    switchboard: Switchboard

    def reset(self) -> None:
        """Begin anew: seeded organisations, real time, the tier's limits, no faults. Webhook target and tokens' key stay."""
        key = self.store.scalar("SELECT value FROM facts WHERE name = 'signing_key'")
        with self.store.transaction():
            self.store.empty()
            if key:
                self.store.put("facts", name="signing_key", value=key)
            seeds.plant(self.store)
        self.faults.clear()
        self.limits.set(of_tier(self.config.tier))
        self.switchboard.reset()
        self.clock.reset()
        self.webhooks.begin_again()

    def close(self) -> None:
        """Stop delivering and let go of the file."""
        self.webhooks.stop()
        self.store.close()


def build(config: Config) -> World:
    """Put a sandbox together; an empty state file is seeded."""
    store, clock, faults = Store(config.state), Clock(), Faults()
    with store.transaction():
        if not store.scalar("SELECT COUNT(*) FROM organisations"):
            seeds.plant(store)
    clock.remember_in(store)
    webhooks = Webhooks(store, clock, faults, config.webhook)
    webhooks.start()
    return World(
        config=config,
        store=store,
        clock=clock,
        faults=faults,
        limits=Limits(of_tier(config.tier)),
        answers=Answers(store, clock),
        tokens=Tokens(store, clock),
        webhooks=webhooks,
        switchboard=Switchboard(config.switches),
    )
