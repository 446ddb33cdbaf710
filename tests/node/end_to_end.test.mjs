// One journey through the sandbox with Xero's own SDK for Node: consent, contact, invoice, payment, credit note,
// allocation, attachment, paper, refusals, and the way out.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { allow, client, start } from "./sandbox.mjs";

const UK = "3f1c7b52-9a0e-4d55-8f0a-6f3b7d1e2a10";
const held = {};
let sandbox, xero, api;

before(async () => {
  sandbox = await start();
  xero = await client(sandbox.origin);
  api = xero.accountingApi;
});
after(() => sandbox?.stop());

const line = { description: "Poster", quantity: 2, unitAmount: 50, accountCode: "200", taxType: "OUTPUT2" };
const day = (text) => new Date(text).toISOString().slice(0, 10);
const refusal = async (call) => {
  const error = await call().then(() => assert.fail("it was taken"), (reason) => reason);
  return typeof error === "string" ? JSON.parse(error).response : error.response;
};

test("consent gives tokens, which the SDK checks, and a tenant with its organisation", async () => {
  const tokens = await xero.apiCallback(await allow(xero, UK));
  assert.equal(tokens.expires_in > 1700, true);
  assert.equal(tokens.claims().email, "cleo@northlight.example");
  const [tenant] = await xero.updateTenants();
  assert.equal(tenant.tenantId, UK);
  assert.equal(tenant.orgData.shortCode, "!NLglS");
});

test("the chart, the rates and the actions are read", async () => {
  const accounts = (await api.getAccounts(UK, undefined, 'Type=="BANK"')).body.accounts;
  assert.equal(accounts[0].code, "090");
  assert.ok((await api.getTaxRates(UK)).body.taxRates.some((rate) => rate.taxType === "OUTPUT2"));
  assert.equal((await api.getOrganisationActions(UK)).body.actions.length, 13);
});

test("a contact is made", async () => {
  const made = await api.createContacts(UK, { contacts: [{ name: "Alder & Co", emailAddress: "ap@alder.example" }] });
  held.contact = { contactID: made.body.contacts[0].contactID };
  assert.match(held.contact.contactID, /^[0-9a-f-]{36}$/);
});

test("an invoice is made once, whatever is sent again under its key, and approved", async () => {
  const invoice = { type: "ACCREC", contact: held.contact, lineItems: [line], date: "2026-11-02", dueDate: "2026-12-02" };
  const send = () => api.createInvoices(UK, { invoices: [invoice] }, false, 4, "key-1");
  const [first, second] = [await send(), await send()];
  held.invoice = first.body.invoices[0];
  assert.equal(second.body.invoices[0].invoiceID, held.invoice.invoiceID);
  assert.deepEqual([held.invoice.status, held.invoice.total, held.invoice.totalTax], ["DRAFT", 120, 20]);
  assert.equal(day(held.invoice.dueDate), "2026-12-02");
  const approved = await api.updateInvoice(UK, held.invoice.invoiceID, { invoices: [{ status: "AUTHORISED" }] });
  assert.equal(approved.body.invoices[0].status, "AUTHORISED");
});

test("a payment leaves the rest due", async () => {
  const payment = { invoice: { invoiceID: held.invoice.invoiceID }, account: { code: "090" }, date: "2026-11-20", amount: 100 };
  const paid = (await api.createPayment(UK, payment)).body.payments[0];
  assert.equal(paid.amount, 100);
  assert.equal((await api.getInvoice(UK, held.invoice.invoiceID)).body.invoices[0].amountDue, 20);
});

test("a credit note is allocated and settles the invoice", async () => {
  const note = { type: "ACCRECCREDIT", status: "AUTHORISED", contact: held.contact, date: "2026-11-21", lineItems: [{ ...line, quantity: 1 }] };
  const made = (await api.createCreditNotes(UK, { creditNotes: [note] })).body.creditNotes[0];
  assert.equal(made.remainingCredit, 60);
  const share = { amount: 20, date: "2026-11-21", invoice: { invoiceID: held.invoice.invoiceID } };
  await api.createCreditNoteAllocation(UK, made.creditNoteID, { allocations: [share] });
  const settled = (await api.getInvoice(UK, held.invoice.invoiceID)).body.invoices[0];
  assert.deepEqual([settled.status, settled.amountCredited], ["PAID", 20]);
  assert.equal((await api.getCreditNote(UK, made.creditNoteID)).body.creditNotes[0].remainingCredit, 40);
});

test("a file is attached and comes back as it was", async () => {
  const bytes = Buffer.from([0, 1, 2, 255, 254, 253]);
  const id = held.invoice.invoiceID;
  await api.createInvoiceAttachmentByFileName(UK, id, "scan 1.pdf", bytes, true, undefined, {
    headers: { "Content-Type": "application/pdf" },
  });
  const listed = (await api.getInvoiceAttachments(UK, id)).body.attachments[0];
  assert.deepEqual([listed.fileName, listed.contentLength, listed.includeOnline], ["scan 1.pdf", 6, true]);
  const back = await api.getInvoiceAttachmentById(UK, id, listed.attachmentID, "application/pdf");
  assert.deepEqual(Buffer.from(back.body), bytes);
});

test("the paper, the customer's link and the mail are there", async () => {
  const id = held.invoice.invoiceID;
  const paper = Buffer.from((await api.getInvoiceAsPdf(UK, id, { headers: { Accept: "application/pdf" } })).body);
  assert.equal(paper.subarray(0, 5).toString(), "%PDF-");
  const online = (await api.getOnlineInvoice(UK, id)).body.onlineInvoices[0].onlineInvoiceUrl;
  assert.equal((await fetch(online)).status, 200);
  assert.equal((await api.emailInvoice(UK, id, {})).response.status, 204);
  const history = (await api.getInvoiceHistory(UK, id)).body.historyRecords;
  assert.equal(history[0].changes, "Invoice sent");
});

test("lists are paged and filtered", async () => {
  const found = await api.getInvoices(UK, undefined, 'Type=="ACCREC" AND Status=="PAID"', "Date DESC", undefined, undefined, undefined, undefined, 1);
  assert.equal(found.body.pagination.itemCount, 1);
  assert.equal(found.body.invoices[0].lineItems[0].lineAmount, 100);
});

test("a refusal carries Xero's number and every message", async () => {
  const wrong = { type: "ACCPAY", contact: held.contact, lineItems: [{ ...line, accountCode: "610" }], status: "AUTHORISED", currencyCode: "SEK" };
  const { statusCode, status, body, data } = await refusal(() => api.createInvoices(UK, { invoices: [wrong] }));
  const said = body ?? data;
  assert.equal(statusCode ?? status, 400);
  assert.deepEqual([said.ErrorNumber, said.Type], [10, "ValidationException"]);
  const messages = said.Elements[0].ValidationErrors.map((each) => each.Message);
  assert.ok(messages.includes("Organisation is not subscribed to currency SEK"));
  assert.ok(messages.includes("Account code '610' is not a valid code for this document."));
});

test("another organisation is forbidden", async () => {
  const { statusCode, status } = await refusal(() => api.getOrganisations("a46fcb6f-2773-40c4-a119-8aa08bca1e8e"));
  assert.equal(statusCode ?? status, 403);
});

test("tokens rotate, a connection is ended by its own id, a grant is revoked", async () => {
  const before = xero.readTokenSet().refresh_token;
  await xero.refreshToken();
  assert.notEqual(xero.readTokenSet().refresh_token, before);
  const [tenant] = await xero.updateTenants(false);
  await xero.disconnect(tenant.id);
  assert.deepEqual(await xero.updateTenants(false), []);
  await xero.revokeToken();
});
