"""What a sandbox is started with: its registered apps, its state file, where its webhooks go."""

from dataclasses import dataclass, field
from enum import StrEnum

from bluestamp.sandbox.limits import Tier
from bluestamp.sandbox.switches import Switches

DEMO_CLIENT_ID = "bluestamp-demo"
DEMO_CLIENT_SECRET = "bluestamp-demo-secret"
CUSTOM_CLIENT_ID = "sandbox"
CUSTOM_CLIENT_SECRET = "sandbox-secret"
PKCE_CLIENT_ID = "bluestamp-native"
CATEGORIES = ("CONTACT", "INVOICE", "CREDITNOTE", "PREPAYMENT", "OVERPAYMENT", "SUBSCRIPTION")
"""What a webhook subscription may be for (developer.xero.com, webhooks/overview)."""


class AppKind(StrEnum):
    """How an app proves who it is (developer.xero.com, guides/oauth2)."""

    WEB = "web"
    PKCE = "pkce"
    CUSTOM = "custom"


@dataclass(frozen=True)
class RegisteredApp:
    """An app as its owner registered it in the developer portal."""

    client_id: str
    secret: str
    name: str
    kind: AppKind = AppKind.WEB
    redirects: tuple[str, ...] = ()
    """Empty means: any https or http://localhost address, since nobody registered one."""


@dataclass(frozen=True)
class WebhookTarget:
    """The one webhook subscription an app has: its address, its signing key, and the categories that are ticked."""

    url: str
    key: str
    categories: tuple[str, ...] = CATEGORIES
    answer_seconds: float = 5.0
    """How long the receiver has for its answer (webhooks/configuring-your-server); more, to stop in a debugger."""


@dataclass(frozen=True)
class Config:
    """One sandbox. Every field has a default, so `Config()` is a whole Xero in a temporary file."""

    state: str | None = None
    web_app: RegisteredApp = field(
        default_factory=lambda: RegisteredApp(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, "Bluestamp")
    )
    webhook: WebhookTarget | None = None
    tier: Tier = "starter"
    """What the app's owner pays for: calls a day, connections, several organisations in one consent."""
    switches: Switches = field(default_factory=Switches)
    """What happens where Xero's pages are silent."""

    @property
    def apps(self) -> dict[str, RegisteredApp]:
        """Every app that may ask for tokens, by client id."""
        native = RegisteredApp(PKCE_CLIENT_ID, "", "Bluestamp (native)", AppKind.PKCE, self.web_app.redirects)
        custom = RegisteredApp(CUSTOM_CLIENT_ID, CUSTOM_CLIENT_SECRET, "Bluestamp (custom)", AppKind.CUSTOM)
        return {app.client_id: app for app in (self.web_app, native, custom)}
