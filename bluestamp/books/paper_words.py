"""The words on our papers in the languages that we write it in; English for any other.

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
    """Every word that stands on a paper and is not the studio's own. `on_net` is "{tax} {percent} on {net}"."""

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
    credit_note: str
    purchase_order: str
    quotation: str
    credited_to: str
    supplier: str
    offered_to: str
    required_on: str
    valid_until: str
    our_reference: str
    for_invoice: str
    deliver_to: str
    attention: str
    instructions: str
    cancelled: str
    total_credit: str


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
    credit_note="Credit note",
    purchase_order="Purchase order",
    quotation="Quote",
    credited_to="Credited to",
    supplier="Supplier",
    offered_to="Prepared for",
    required_on="Required by",
    valid_until="Valid until",
    our_reference="Our reference",
    for_invoice="For invoice",
    deliver_to="Deliver to",
    attention="Attention",
    instructions="Instructions",
    cancelled="Cancelled",
    total_credit="Total credit",
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
            credit_note="Rechnungskorrektur",
            purchase_order="Bestellung",
            quotation="Angebot",
            credited_to="Gutschrift an",
            supplier="Lieferant",
            offered_to="Angebot für",
            required_on="Benötigt bis",
            valid_until="Gültig bis",
            our_reference="Unser Zeichen",
            for_invoice="Zu Rechnung",
            deliver_to="Lieferadresse",
            attention="Zu Händen",
            instructions="Hinweise",
            cancelled="Storniert",
            total_credit="Gutgeschriebener Betrag",
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
            credit_note="Avoir",
            purchase_order="Bon de commande",
            quotation="Devis",
            credited_to="Avoir pour",
            supplier="Fournisseur",
            offered_to="Devis pour",
            required_on="Requis le",
            valid_until="Valable jusqu’au",
            our_reference="Notre référence",
            for_invoice="Facture concernée",
            deliver_to="Livrer à",
            attention="À l’attention de",
            instructions="Instructions",
            cancelled="Annulé",
            total_credit="Total de l’avoir",
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
            credit_note="Creditnota",
            purchase_order="Inkooporder",
            quotation="Offerte",
            credited_to="Credit aan",
            supplier="Leverancier",
            offered_to="Offerte voor",
            required_on="Nodig op",
            valid_until="Geldig tot",
            our_reference="Onze referentie",
            for_invoice="Bij factuur",
            deliver_to="Afleveradres",
            attention="Ter attentie van",
            instructions="Instructies",
            cancelled="Geannuleerd",
            total_credit="Totaal credit",
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
            credit_note="Factura rectificativa",
            purchase_order="Orden de compra",
            quotation="Presupuesto",
            credited_to="Abonado a",
            supplier="Proveedor",
            offered_to="Presupuesto para",
            required_on="Necesario para el",
            valid_until="Válido hasta",
            our_reference="Nuestra referencia",
            for_invoice="Factura rectificada",
            deliver_to="Entregar en",
            attention="A la atención de",
            instructions="Instrucciones",
            cancelled="Cancelado",
            total_credit="Total abonado",
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
            credit_note="Nota di credito",
            purchase_order="Ordine di acquisto",
            quotation="Preventivo",
            credited_to="Accreditato a",
            supplier="Fornitore",
            offered_to="Preventivo per",
            required_on="Richiesto entro",
            valid_until="Valido fino al",
            our_reference="Nostro riferimento",
            for_invoice="Relativa alla fattura",
            deliver_to="Consegnare a",
            attention="Alla cortese attenzione di",
            instructions="Istruzioni",
            cancelled="Annullato",
            total_credit="Totale accreditato",
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
