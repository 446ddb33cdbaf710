"""The words on an invoice in the languages that we write it in; English for any other.

Dates, figures and percentages are Babel's. What a tax is called, and whether an invoice must be headed as a tax
invoice, goes by the country of the branch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from babel import Locale


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Every word that stands on an invoice and is not the studio's own. `on_net` is "{tax} {percent} on {net}"."""

    invoice: str
    draft: str
    void: str
    billed_to: str
    number: str
    issued_on: str
    due_on: str
    reference: str
    job: str
    description: str
    quantity: str
    unit_amount: str
    discount: str
    amount: str
    amount_with_tax: str
    sub_total: str
    tax: str
    tax_number: str
    on_net: str
    total: str
    total_with_tax: str
    paid: str
    credited: str
    amount_due: str
    how_to_pay: str
    quote: str


_ENGLISH: Final = Words(
    invoice="Invoice",
    draft="Draft",
    void="Void",
    billed_to="Billed to",
    number="Number",
    issued_on="Date",
    due_on="Due",
    reference="Your reference",
    job="Job",
    description="Description",
    quantity="Quantity",
    unit_amount="Price",
    discount="Discount",
    amount="Amount",
    amount_with_tax="Amount incl. {tax}",
    sub_total="Subtotal",
    tax="Tax",
    tax_number="{tax} number",
    on_net="{tax} {percent} on {net}",
    total="Total",
    total_with_tax="Total incl. {tax}",
    paid="Paid",
    credited="Credited",
    amount_due="Amount due",
    how_to_pay="How to pay",
    quote="Please quote",
)

_LANGUAGES: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "en": _ENGLISH,
        "de": Words(
            invoice="Rechnung",
            draft="Entwurf",
            void="Storniert",
            billed_to="Rechnung an",
            number="Nummer",
            issued_on="Datum",
            due_on="Zahlbar bis",
            reference="Ihr Zeichen",
            job="Auftrag",
            description="Beschreibung",
            quantity="Menge",
            unit_amount="Preis",
            discount="Rabatt",
            amount="Betrag",
            amount_with_tax="Betrag inkl. {tax}",
            sub_total="Nettobetrag",
            tax="USt.",
            tax_number="USt-IdNr.",
            on_net="{tax} {percent} auf {net}",
            total="Gesamtbetrag",
            total_with_tax="Gesamtbetrag inkl. {tax}",
            paid="Bezahlt",
            credited="Gutgeschrieben",
            amount_due="Offener Betrag",
            how_to_pay="Zahlung",
            quote="Bitte angeben:",
        ),
        "fr": Words(
            invoice="Facture",
            draft="Brouillon",
            void="Annulée",
            billed_to="Facturé à",
            number="Numéro",
            issued_on="Date",
            due_on="Échéance",
            reference="Votre référence",
            job="Projet",
            description="Désignation",
            quantity="Quantité",
            unit_amount="Prix",
            discount="Remise",
            amount="Montant",
            amount_with_tax="Montant {tax} comprise",
            sub_total="Total hors taxes",
            tax="TVA",
            tax_number="Numéro de TVA",
            on_net="{tax} {percent} sur {net}",
            total="Total",
            total_with_tax="Total {tax} comprise",
            paid="Payé",
            credited="Avoirs",
            amount_due="Reste à payer",
            how_to_pay="Règlement",
            quote="Référence à rappeler :",
        ),
        "nl": Words(
            invoice="Factuur",
            draft="Concept",
            void="Vervallen",
            billed_to="Factuur aan",
            number="Nummer",
            issued_on="Datum",
            due_on="Vervaldatum",
            reference="Uw referentie",
            job="Opdracht",
            description="Omschrijving",
            quantity="Aantal",
            unit_amount="Prijs",
            discount="Korting",
            amount="Bedrag",
            amount_with_tax="Bedrag incl. {tax}",
            sub_total="Subtotaal",
            tax="btw",
            tax_number="Btw-nummer",
            on_net="{tax} {percent} over {net}",
            total="Totaal",
            total_with_tax="Totaal incl. {tax}",
            paid="Betaald",
            credited="Gecrediteerd",
            amount_due="Te betalen",
            how_to_pay="Betaling",
            quote="Vermeld a.u.b.",
        ),
        "es": Words(
            invoice="Factura",
            draft="Borrador",
            void="Anulada",
            billed_to="Facturado a",
            number="Número",
            issued_on="Fecha",
            due_on="Vencimiento",
            reference="Su referencia",
            job="Proyecto",
            description="Descripción",
            quantity="Cantidad",
            unit_amount="Precio",
            discount="Descuento",
            amount="Importe",
            amount_with_tax="Importe con {tax}",
            sub_total="Base imponible",
            tax="IVA",
            tax_number="NIF-IVA",
            on_net="{tax} {percent} sobre {net}",
            total="Total",
            total_with_tax="Total con {tax}",
            paid="Pagado",
            credited="Abonado",
            amount_due="Importe pendiente",
            how_to_pay="Forma de pago",
            quote="Indique por favor:",
        ),
        "it": Words(
            invoice="Fattura",
            draft="Bozza",
            void="Annullata",
            billed_to="Fatturato a",
            number="Numero",
            issued_on="Data",
            due_on="Scadenza",
            reference="Vostro riferimento",
            job="Progetto",
            description="Descrizione",
            quantity="Quantità",
            unit_amount="Prezzo",
            discount="Sconto",
            amount="Importo",
            amount_with_tax="Importo {tax} inclusa",
            sub_total="Imponibile",
            tax="IVA",
            tax_number="Partita IVA",
            on_net="{tax} {percent} su {net}",
            total="Totale",
            total_with_tax="Totale {tax} inclusa",
            paid="Pagato",
            credited="Stornato",
            amount_due="Importo dovuto",
            how_to_pay="Pagamento",
            quote="Indicare:",
        ),
    }
)

#: What English-speaking countries call the tax on their invoices.
_TAXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "GB": "VAT",
        "IE": "VAT",
        "ZA": "VAT",
        "AU": "GST",
        "NZ": "GST",
        "SG": "GST",
        "US": "Sales tax",
        "CA": "Tax",
    }
)
_TAX_NUMBERS: Final[Mapping[str, str]] = MappingProxyType({"AU": "ABN", "US": "Tax ID", "SG": "GST reg. no."})
#: Where a registered seller's invoice is headed "Tax invoice".
_TAX_INVOICE: Final = frozenset({"AU", "SG", "ZA"})


def of(locale: Locale, *, is_registered: bool) -> Words:
    """Return the words for a branch's locale; `is_registered` when the branch has a tax number."""
    words = _LANGUAGES.get(locale.language, _ENGLISH)
    country = locale.territory or ""
    if words is _ENGLISH:
        tax = _TAXES.get(country, "Tax")
        number = _TAX_NUMBERS.get(country, f"{tax} number")
        heading = "Tax invoice" if is_registered and country in _TAX_INVOICE else words.invoice
        words = replace(words, invoice=heading, tax=tax, tax_number=number)
    return replace(words, **{name: getattr(words, name).replace("{tax}", words.tax) for name in _WITH_TAX})


_WITH_TAX: Final = ("amount_with_tax", "total_with_tax", "on_net")
