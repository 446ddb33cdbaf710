"""An app that calls the sandbox over plain HTTP, as tests of the wire do."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

UK = "3f1c7b52-9a0e-4d55-8f0a-6f3b7d1e2a10"
NZ = "a46fcb6f-2773-40c4-a119-8aa08bca1e8e"
US = "9b2e4d81-5c6f-4b7a-9e1d-0c8a7f6e5d43"
AU = "6c8e1f20-4b7d-4a39-a5c1-8d2f0b9e7c64"
REDIRECT = "http://localhost:8000/xero/callback"
CLIENT = ("bluestamp-demo", "bluestamp-demo-secret")
SCOPES = (
    "openid profile email offline_access accounting.invoices accounting.payments accounting.contacts"
    " accounting.settings accounting.attachments"
)
API = "/api.xro/2.0"

Json = dict[str, Any]


class Caller:
    """One app's tokens and the calls it makes in one organisation."""

    def __init__(self, origin: str, organisation: str = UK) -> None:
        self.http = httpx2.Client(base_url=origin, timeout=20, verify=False)
        self.origin, self.organisation = origin, organisation
        self.tokens: Json = {}

    def ask_consent(
        self, organisation: str | None = None, scope: str = SCOPES, user: str = "", **more: str
    ) -> str:
        """Walk the consent page as somebody; the address the person is sent back to."""
        asked = {
            "response_type": "code",
            "client_id": CLIENT[0],
            "redirect_uri": REDIRECT,
            "scope": scope,
            "state": "s-1",
            **more,
        }
        assert self.http.get("/identity/connect/authorize", params=asked).status_code == 200
        allowed = {"decision": "allow", "organisation": organisation or self.organisation}
        allowed |= {"user": user} if user else {}
        answer = self.http.post("/identity/connect/authorize", params=asked, data=allowed)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"])

    def connect(self, organisation: str | None = None, scope: str = SCOPES, user: str = "") -> "Caller":
        """Consent and exchange the code; the caller itself, with tokens."""
        code = parse_qs(urlsplit(self.ask_consent(organisation, scope, user)).query)["code"][0]
        answer = self.token(grant_type="authorization_code", code=code, redirect_uri=REDIRECT)
        assert answer.status_code == 200, answer.text
        self.tokens = answer.json()
        return self

    def token(self, auth: tuple[str, str] | None = CLIENT, **form: str) -> httpx2.Response:
        """POST /connect/token."""
        return self.http.post("/connect/token", data=form, auth=auth)

    def headers(self, **more: str) -> dict[str, str]:
        """What every accounting call carries."""
        return {
            "Authorization": f"Bearer {self.tokens['access_token']}",
            "Xero-Tenant-Id": self.organisation,
            "Accept": "application/json",
            **more,
        }

    def get(self, path: str, headers: Mapping[str, str] | None = None, **query: str | int) -> httpx2.Response:
        """GET below /api.xro/2.0."""
        return self.http.get(API + path, params=query, headers=self.headers(**(headers or {})))

    def put(
        self, path: str, body: object, headers: Mapping[str, str] | None = None, **query: str
    ) -> httpx2.Response:
        """PUT below /api.xro/2.0."""
        return self.http.put(API + path, json=body, params=query, headers=self.headers(**(headers or {})))

    def post(
        self, path: str, body: object, headers: Mapping[str, str] | None = None, **query: str
    ) -> httpx2.Response:
        """POST below /api.xro/2.0."""
        return self.http.post(API + path, json=body, params=query, headers=self.headers(**(headers or {})))

    def control(self, path: str, body: object | None = None, method: str = "POST") -> Any:
        """Call /_sandbox."""
        answer = self.http.request(method, f"/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def contact(self) -> str:
        """The id of some active contact of the organisation."""
        return str(self.get("/Contacts", pageSize=1).json()["Contacts"][0]["ContactID"])

    def create(self, **fields: Any) -> Json:
        """Create one invoice or bill and give back what Xero says of it."""
        answer = self.put("/Invoices", self.draft(**fields))
        assert answer.status_code == 200, answer.text
        invoice: Json = answer.json()["Invoices"][0]
        return invoice

    def draft(self, **fields: Any) -> Json:
        """A bill that Xero would approve, with other fields where given."""
        return {
            "Type": "ACCPAY",
            "Contact": {"ContactID": fields.pop("contact", None) or self.contact()},
            "InvoiceNumber": "PP-8812",
            "Date": "2026-11-02",
            "DueDate": "2026-12-02",
            "LineItems": [line()],
            **fields,
        }

    def change(self, invoice: Json, **fields: Any) -> httpx2.Response:
        """POST some fields of a document."""
        return self.post(f"/Invoices/{invoice['InvoiceID']}", fields)

    def fresh(self, invoice: Json) -> Json:
        """The document as it now stands."""
        found: Json = self.get(f"/Invoices/{invoice['InvoiceID']}").json()["Invoices"][0]
        return found

    def pay(self, invoice: Json, amount: str | float | None = None, **fields: Any) -> httpx2.Response:
        """PUT a payment of all or part of what is due."""
        return self.put(
            "/Payments",
            {
                "Invoice": {"InvoiceID": invoice["InvoiceID"]},
                "Account": {"Code": "090"},
                "Amount": amount if amount is not None else invoice["AmountDue"],
                "Date": "2026-11-20",
                **fields,
            },
        )


def line(**fields: Any) -> Json:
    """A line of 100.00 on Printing with the account's own tax rate, with other fields where given."""
    return {
        "Description": "Letterpress cards",
        "Quantity": 1,
        "UnitAmount": 100,
        "AccountCode": "461",
        **fields,
    }


def messages(answer: httpx2.Response) -> list[str]:
    """Every validation message of a refused request."""
    assert answer.status_code == 400, answer.text
    return [item["Message"] for element in answer.json()["Elements"] for item in element["ValidationErrors"]]
