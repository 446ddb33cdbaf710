"""The pages' addresses: nouns under the studio, an act as a noun under its noun."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from bluestamp.web import (
    books_page,
    bulk,
    calls,
    companies,
    credit_notes,
    document_forms,
    document_lists,
    expenses,
    exports,
    health,
    help,
    home,
    integrations,
    invitations,
    invoices,
    jobs,
    letter_notices,
    master_items,
    money_acts,
    month_end,
    numbering,
    plans,
    purchase_orders,
    quotes,
    security,
    settings_pages,
    settling,
    sign_in,
    supplier_credits,
    team,
)
from bluestamp.web.kinds import CREDIT_NOTE, INVOICE, KINDS, PURCHASE_ORDER, QUOTE, Kind

Routes = list[URLPattern | URLResolver]


def lists(kind: Kind) -> Routes:
    """What every kind's list answers, beside the list itself."""
    at = f"{kind.address}/"
    own = {"kind": kind}
    named = {"kind": kind.name}
    return [
        path(f"{at}selection", document_lists.selection, own, name=f"{kind.plural}_selection"),
        path(f"{at}cells", document_lists.cells, own, name=f"{kind.plural}_cells"),
        path(f"{kind.address}.csv", document_lists.export, own, name=f"{kind.plural}_csv"),
        path(f"{at}totals", document_forms.preview_totals, own, name=f"{kind.plural}_totals"),
        path(f"{at}defaults", document_forms.defaults, own, name=f"{kind.plural}_defaults"),
        path(f"{at}preview", bulk.preview, named, name=f"{kind.plural}_preview"),
        path(f"{at}copies", bulk.copies, named, name=f"{kind.plural}_copies"),
        path(f"{at}progress", bulk.progress, named, name=f"{kind.plural}_progress"),
    ]


def settlements(kind: Kind) -> Routes:
    """What can be said about one document's copy in Xero."""
    acts = {
        "stamp": settling.stamp,
        "refresh": settling.refresh,
        "take": settling.take,
        "accept_totals": settling.accept_totals,
        "unlink": settling.unlink,
        "again": settling.again,
        "link": settling.link,
        "anyway": settling.anyway,
        "withdrawal": settling.withdrawal,
        "contact": settling.contact,
    }
    return [
        path(
            f"{kind.address}/<oid:document_id>/{act.replace('_', '-')}",
            view,
            {"kind": kind.name},
            name=f"{kind.name}_{act}",
        )
        for act, view in acts.items()
    ]


EXPENSES: Routes = [
    path("expenses", expenses.index, name="expenses"),
    path("expenses/new", expenses.new, name="expense_new"),
    path("expenses/redraw", expenses.redraw, name="expenses_redraw"),
    path("expenses/<oid:expense_id>", expenses.expense, name="expense"),
    path("expenses/<oid:expense_id>/approval", expenses.approval, name="expense_approval"),
    path("expenses/<oid:expense_id>/draft", expenses.back_to_draft, name="expense_draft"),
    path("expenses/<oid:expense_id>/cancellation", expenses.cancellation, name="expense_cancellation"),
    path("expenses/<oid:expense_id>/paid", expenses.paid, name="expense_paid"),
    path("expenses/<oid:expense_id>/unpaid", expenses.unpaid, name="expense_unpaid"),
    path("expenses/<oid:expense_id>/receipt", expenses.receipt, name="expense_receipt"),
    path(
        "expenses/<oid:expense_id>/receipt-removal", expenses.receipt_removal, name="expense_receipt_removal"
    ),
    path("expenses/<oid:expense_id>/copy", expenses.copy, name="expense_copy"),
    path("expenses/<oid:expense_id>/order", expenses.order, name="expense_order"),
    path("expenses/<oid:expense_id>/order-removal", expenses.order_removal, name="expense_order_removal"),
    path("expenses/<oid:expense_id>/conversion", expenses.conversion, name="expense_conversion"),
]

INVOICES: Routes = [
    path("invoices", invoices.index, name="invoices"),
    path("invoices/new", invoices.new, name="invoice_new"),
    path("invoices/redraw", invoices.redraw, name="invoices_redraw"),
    path("invoices/<oid:invoice_id>", invoices.invoice, name="invoice"),
    path("invoices/<oid:invoice_id>/issue", invoices.issue, name="invoice_issue"),
    path("invoices/<oid:invoice_id>/hand-over", invoices.hand_over, name="invoice_hand_over"),
    path("invoices/<oid:invoice_id>/void", invoices.void, name="invoice_void"),
    path("invoices/<oid:invoice_id>/correction", invoices.correction, name="invoice_correction"),
    path("invoices/<oid:invoice_id>/pdf", invoices.pdf, name="invoice_pdf"),
    path("invoices/<oid:invoice_id>/copy", invoices.copy, name="invoice_copy"),
]

CREDIT_NOTES: Routes = [
    path("credit-notes", credit_notes.index, name="credit_notes"),
    path("credit-notes/new", credit_notes.new, name="credit_note_new"),
    path("credit-notes/redraw", credit_notes.redraw, name="credit_notes_redraw"),
    path("credit-notes/<oid:note_id>", credit_notes.note, name="credit_note"),
    path("credit-notes/<oid:note_id>/issue", credit_notes.issue, name="credit_note_issue"),
    path("credit-notes/<oid:note_id>/hand-over", credit_notes.hand_over, name="credit_note_hand_over"),
    path("credit-notes/<oid:note_id>/void", credit_notes.void, name="credit_note_void"),
    path("credit-notes/<oid:note_id>/pdf", credit_notes.pdf, name="credit_note_pdf"),
    path("credit-notes/<oid:note_id>/copy", credit_notes.copy, name="credit_note_copy"),
]

MONEY: Routes = [
    *(
        path(
            f"{kind.address}/<oid:document_id>/{act}",
            view,
            {"kind": kind.name},
            name=f"{kind.name}_{act.replace('-', '_')}",
        )
        for kind in (INVOICE, CREDIT_NOTE)
        for act, view in (
            ("payments", money_acts.payment),
            ("payment-account", money_acts.payment_account),
            ("applications", money_acts.application),
        )
    ),
    path("invoices/<oid:invoice_id>/credit-note", money_acts.credit, name="invoice_credit_note"),
    path("invoices/<oid:invoice_id>/write-off", money_acts.write_off, name="invoice_write_off"),
    path("payments/<oid:payment_id>/removal", money_acts.payment_removal, name="payment_removal"),
    path("payments/<oid:payment_id>/same", money_acts.payment_same, name="payment_same"),
    path("payments/<oid:payment_id>/another", money_acts.payment_another, name="payment_another"),
    path(
        "applications/<oid:application_id>/removal",
        money_acts.application_removal,
        name="application_removal",
    ),
]

QUOTES: Routes = [
    path("quotes", quotes.index, name="quotes"),
    path("quotes/new", quotes.new, name="quote_new"),
    path("quotes/redraw", quotes.redraw, name="quotes_redraw"),
    path("quotes/totals", document_forms.preview_totals, {"kind": QUOTE}, name="quotes_totals"),
    path("quotes/defaults", document_forms.defaults, {"kind": QUOTE}, name="quotes_defaults"),
    path("quotes/<oid:quote_id>", quotes.quote, name="quote"),
    path("quotes/<oid:quote_id>/issue", quotes.issue, name="quote_issue"),
    path("quotes/<oid:quote_id>/hand-over", quotes.hand_over, name="quote_hand_over"),
    path("quotes/<oid:quote_id>/approval", quotes.approval, name="quote_approval"),
    path("quotes/<oid:quote_id>/refusal", quotes.refusal, name="quote_refusal"),
    path("quotes/<oid:quote_id>/draft", quotes.back_to_draft, name="quote_draft"),
    path("quotes/<oid:quote_id>/invoices", quotes.invoicing, name="quote_invoicing"),
    path("quotes/<oid:quote_id>/pdf", quotes.pdf, name="quote_pdf"),
]

PURCHASE_ORDERS: Routes = [
    path("purchase-orders", purchase_orders.index, name="purchase_orders"),
    path("purchase-orders/new", purchase_orders.new, name="purchase_order_new"),
    path("purchase-orders/redraw", purchase_orders.redraw, name="purchase_orders_redraw"),
    path("purchase-orders/<oid:order_id>", purchase_orders.order, name="purchase_order"),
    *(
        path(f"purchase-orders/<oid:order_id>/{act}", view, name=f"purchase_order_{act.replace('-', '_')}")
        for act, view in (
            ("approval", purchase_orders.approval),
            ("draft", purchase_orders.back_to_draft),
            ("cancellation", purchase_orders.cancellation),
            ("paid", purchase_orders.paid),
            ("unpaid", purchase_orders.unpaid),
            ("letter", purchase_orders.letter),
            ("hand-over", purchase_orders.hand_over),
            ("bill", purchase_orders.bill),
            ("pdf", purchase_orders.pdf),
            ("copy", purchase_orders.copy),
        )
    ),
]

SUPPLIER_CREDITS: Routes = [
    path("supplier-credits", supplier_credits.index, name="supplier_credits"),
    path("supplier-credits/new", supplier_credits.new, name="supplier_credit_new"),
    path("supplier-credits/redraw", supplier_credits.redraw, name="supplier_credits_redraw"),
    path("supplier-credits/<oid:credit_id>", supplier_credits.credit, name="supplier_credit"),
    *(
        path(f"supplier-credits/<oid:credit_id>/{act}", view, name=f"supplier_credit_{act}")
        for act, view in (
            ("approval", supplier_credits.approval),
            ("draft", supplier_credits.back_to_draft),
            ("cancellation", supplier_credits.cancellation),
            ("used", supplier_credits.used),
            ("unused", supplier_credits.unused),
            ("copy", supplier_credits.copy),
        )
    ),
]

COMPANIES: Routes = [
    path("companies", companies.index, name="companies"),
    path("companies/new", companies.new, name="company_new"),
    path("companies/choices", document_forms.company_choices, name="company_choices"),
    path("companies/<oid:company_id>", companies.company, name="company"),
    path(
        "companies/<oid:company_id>/contacts/<oid:connection_id>", companies.contact, name="company_contact"
    ),
    path("companies/<oid:company_id>/archive", companies.archive, name="company_archive"),
    path("companies/<oid:company_id>/people", companies.person_new, name="company_people"),
    path("companies/<oid:company_id>/people/<oid:person_id>", companies.person, name="company_person"),
]

JOBS: Routes = [
    path("jobs", jobs.index, name="jobs"),
    path("jobs/new", jobs.new, name="job_new"),
    path("jobs/choices", document_forms.job_choices, name="job_choices"),
    path("jobs/<oid:job_id>", jobs.job, name="job"),
    path("jobs/<oid:job_id>/plan", jobs.plan, name="job_plan"),
    path("jobs/<oid:job_id>/plan/totals", plans.totals, name="job_plan_totals"),
    path("jobs/<oid:job_id>/status", jobs.status, name="job_status"),
]

BOOKS: Routes = [
    path("books", books_page.index, name="books"),
    path("books/found-links", books_page.found_links, name="books_found_links"),
    path("books/ready", bulk.everything_ready, name="books_ready"),
    path("books/month-end", month_end.index, name="month_end"),
    path("books/month-end/<oid:connection_id>/comparison", month_end.comparison, name="month_end_comparison"),
    path("books/calls/<oid:exchange_id>", calls.one, name="books_call"),
    path("books/batches/<oid:batch_id>/calls", calls.of_batch, name="books_calls"),
    path("help/statuses", books_page.statuses, name="help_statuses"),
    path("help/refusals", help.refusals, name="help_refusals"),
]

SETTINGS: Routes = [
    path("settings", settings_pages.studio, name="settings"),
    path("settings/branches", settings_pages.branch_list, name="settings_branches"),
    path("settings/branches/new", settings_pages.branch, name="settings_branch_new"),
    path("settings/branches/<oid:branch_id>", settings_pages.branch, name="settings_branch"),
    path(
        "settings/branches/<oid:branch_id>/package",
        settings_pages.branch_package,
        name="settings_branch_package",
    ),
    path("settings/branches/<oid:branch_id>/home", settings_pages.branch_home, name="settings_branch_home"),
    path("settings/team", team.index, name="settings_team"),
    path("settings/team/<oid:membership_id>/role", team.role, name="settings_member"),
    path("settings/team/<oid:membership_id>/departure", team.departure, name="settings_member_departure"),
    path("settings/team/<oid:membership_id>/return", team.comeback, name="settings_member_return"),
    path(
        "settings/team/<oid:membership_id>/second-factor-reset",
        team.second_factor_reset,
        name="settings_member_second_factor",
    ),
    path(
        "settings/team/invitations/<oid:invitation_id>/letter", team.letter, name="settings_invitation_letter"
    ),
    path(
        "settings/team/invitations/<oid:invitation_id>/withdrawal",
        team.withdrawal,
        name="settings_invitation_withdrawal",
    ),
    path("settings/security", security.index, name="settings_security"),
    path("settings/security/sign-out", security.sign_out, name="settings_sign_out"),
    path("settings/tokens", settings_pages.token_list, name="settings_tokens"),
    path("settings/tokens/<oid:token_id>/end", settings_pages.token_end, name="settings_token"),
    path("settings/export", exports.index, name="settings_export"),
    path("settings/integrations", integrations.index, name="integrations"),
    path("settings/integrations/connect", integrations.connect, name="integrations_connect"),
    path("settings/integrations/choice", integrations.choice, name="integrations_choice"),
    path("settings/integrations/<oid:connection_id>", integrations.connection, name="connection"),
    path(
        "settings/integrations/<oid:connection_id>/renewal", integrations.renewal, name="connection_renewal"
    ),
    path(
        "settings/integrations/<oid:connection_id>/disconnection",
        integrations.disconnection,
        name="connection_disconnection",
    ),
]

MASTER_SETTINGS: Routes = [
    path("items/choices", master_items.choices, name="item_choices"),
    path("settings/items", master_items.index, name="settings_items"),
    path("settings/items/new", master_items.item, name="settings_item_new"),
    path("settings/items/<oid:item_id>", master_items.item, name="settings_item"),
    path("settings/items/<oid:item_id>/archive", master_items.archive, name="settings_item_archive"),
    path("settings/items/<oid:item_id>/restoration", master_items.restore, name="settings_item_restoration"),
    path(
        "settings/items/<oid:item_id>/codes/<oid:ledger_id>", master_items.codes, name="settings_item_codes"
    ),
    path(
        "settings/ledgers/<oid:ledger_id>/replacement", master_items.replacement, name="settings_replacement"
    ),
    path("settings/numbering", numbering.index, name="settings_numbering"),
    path("settings/numbering/<oid:sequence_id>", numbering.sequence, name="settings_sequence"),
    path(
        "settings/branches/<oid:branch_id>/credit-numbers",
        numbering.credit_numbers,
        name="settings_credit_numbers",
    ),
]

LETTERS: Routes = [
    path(
        f"{kind.address}/<oid:document_id>/letter-notice",
        letter_notices.notice,
        {"kind": kind.name},
        name=f"{kind.name}_letter_notice",
    )
    for kind in (INVOICE, CREDIT_NOTE, QUOTE, PURCHASE_ORDER)
]

DOCUMENTS: Routes = [route for kind in KINDS.values() for route in (*lists(kind), *settlements(kind))]

urlpatterns: Routes = [
    path("", sign_in.entrance, name="entrance"),
    path("health", health.answer, name="health"),
    path("studios", sign_in.studios, name="studios"),
    path("accounts/link/<str:secret>/", sign_in.link, name="sign_in_link"),
    path("accounts/invitation/<str:secret>/", invitations.invitation, name="invitation"),
    path("xero/callback", integrations.callback, name="xero_callback"),
    path("xero/webhook", integrations.webhook, name="xero_webhook"),
    path("<slug:studio>", home.index, name="home"),
    path(
        "<slug:studio>/",
        include(
            [
                *EXPENSES,
                *INVOICES,
                *CREDIT_NOTES,
                *PURCHASE_ORDERS,
                *SUPPLIER_CREDITS,
                *MONEY,
                *QUOTES,
                *COMPANIES,
                *JOBS,
                *BOOKS,
                *SETTINGS,
                *MASTER_SETTINGS,
                *LETTERS,
                *DOCUMENTS,
            ]
        ),
    ),
]
