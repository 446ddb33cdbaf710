"""Which address leads to which operation. Mounted at /api/v1/; whatever is not found here is a problem, not a page."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from bluestamp.api import (
    books,
    companies,
    connections,
    copies,
    credit_notes,
    entrance,
    expenses,
    invoices,
    items,
    jobs,
    ledgers,
    money,
    numbering,
    openapi,
    plans,
    problems,
    purchase_orders,
    quotes,
    studio,
    supplier_credits,
)

api = openapi.Api(
    title="Bluestamp",
    version="1",
    description="Everything that the pages do, for programs. See docs/api.md.",
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
)
problems.handle_all(api)
api.add_router("", studio.router)
# Before the nouns: "expenses/copies" would otherwise be an expense called copies.
api.add_router("", copies.router)
api.add_router("/expenses", expenses.router)
api.add_router("/expenses", purchase_orders.of_expenses)
api.add_router("/purchase-orders", purchase_orders.router)
api.add_router("/supplier-credits", supplier_credits.router)
api.add_router("/invoices", invoices.router)
api.add_router("/invoices", credit_notes.of_invoices)
api.add_router("/credit-notes", credit_notes.router)
api.add_router("", money.router)
api.add_router("/companies", companies.router)
api.add_router("/jobs", jobs.router)
api.add_router("/jobs", plans.router)
api.add_router("/quotes", quotes.router)
api.add_router("/items", items.router)
api.add_router("", numbering.router)
api.add_router("/ledgers", ledgers.router)
api.add_router("/connections", connections.router)
api.add_router("/books", books.router)


def _let_in(patterns: list[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """The same addresses, each behind the one entrance."""
    return [
        URLPattern(each.pattern, entrance.let_in(each.callback), name=each.name)
        for each in patterns
        if isinstance(each, URLPattern) and each.name != "api-root"
    ]


urlpatterns: list[URLPattern | URLResolver] = [
    path("openapi.json", openapi.view(api)),
    path("<slug:slug>/", include(_let_in(api.urls[0]))),
    re_path("", problems.no_such_address),
]
