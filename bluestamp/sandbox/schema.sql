CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS organisations (id TEXT PRIMARY KEY, position INTEGER NOT NULL, name TEXT NOT NULL, short_code TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS accounts (id TEXT PRIMARY KEY, organisation TEXT NOT NULL, code TEXT NOT NULL COLLATE NOCASE, status TEXT NOT NULL, updated_ms INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS accounts_by_code ON accounts (organisation, code);
CREATE TABLE IF NOT EXISTS tax_rates (organisation TEXT NOT NULL, tax_type TEXT NOT NULL, position INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (organisation, tax_type));
CREATE TABLE IF NOT EXISTS currencies (organisation TEXT NOT NULL, code TEXT NOT NULL, position INTEGER NOT NULL, description TEXT NOT NULL, PRIMARY KEY (organisation, code));
CREATE TABLE IF NOT EXISTS items (
  id TEXT PRIMARY KEY, organisation TEXT NOT NULL, code TEXT NOT NULL COLLATE NOCASE, name TEXT NOT NULL COLLATE NOCASE, updated_ms INTEGER NOT NULL, body BLOB NOT NULL,
  UNIQUE (organisation, code));
CREATE TABLE IF NOT EXISTS contact_groups (id TEXT PRIMARY KEY, organisation TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, status TEXT NOT NULL COLLATE NOCASE);
CREATE TABLE IF NOT EXISTS contact_group_members (contact_group TEXT NOT NULL, contact TEXT NOT NULL, PRIMARY KEY (contact_group, contact)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS contact_groups_of ON contact_group_members (contact);

CREATE TABLE IF NOT EXISTS contacts (
  id TEXT PRIMARY KEY, organisation TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, number TEXT COLLATE NOCASE,
  account_number TEXT COLLATE NOCASE, email TEXT COLLATE NOCASE, tax_number TEXT COLLATE NOCASE, status TEXT NOT NULL COLLATE NOCASE,
  is_customer INTEGER NOT NULL DEFAULT 0, is_supplier INTEGER NOT NULL DEFAULT 0,
  updated_ms INTEGER NOT NULL, search TEXT NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS contacts_by_name ON contacts (organisation, name);
CREATE INDEX IF NOT EXISTS contacts_by_number ON contacts (organisation, number);
CREATE INDEX IF NOT EXISTS contacts_called ON contacts (name);
CREATE INDEX IF NOT EXISTS contacts_by_update ON contacts (organisation, updated_ms, id);

CREATE TABLE IF NOT EXISTS documents (
  id TEXT PRIMARY KEY, organisation TEXT NOT NULL, kind TEXT NOT NULL, type TEXT NOT NULL COLLATE NOCASE, number TEXT NOT NULL COLLATE NOCASE,
  reference TEXT NOT NULL COLLATE NOCASE, status TEXT NOT NULL COLLATE NOCASE, contact TEXT NOT NULL, dated TEXT NOT NULL, due TEXT,
  currency TEXT NOT NULL, total INTEGER NOT NULL, amount_due INTEGER NOT NULL, amount_paid INTEGER NOT NULL, amount_credited INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL, made_by_app TEXT, body BLOB NOT NULL);
-- The first index holds every column that a list is filtered by, so that no filter has to read the bodies.
CREATE INDEX IF NOT EXISTS documents_in_order ON documents (organisation, kind, updated_ms, id, status, type, number, reference, contact,
  dated, due, currency, total, amount_due, amount_paid, amount_credited, made_by_app, created_ms);
CREATE INDEX IF NOT EXISTS documents_by_standing ON documents (organisation, kind, status, type, dated, updated_ms, id, amount_due);
CREATE INDEX IF NOT EXISTS documents_by_number ON documents (organisation, kind, number);
CREATE INDEX IF NOT EXISTS documents_by_company ON documents (contact, kind, status, type, due, amount_due);
CREATE INDEX IF NOT EXISTS documents_by_date ON documents (organisation, kind, dated, id);
CREATE INDEX IF NOT EXISTS documents_by_amount_due ON documents (organisation, kind, amount_due, updated_ms, id);
CREATE INDEX IF NOT EXISTS documents_by_total ON documents (organisation, kind, total, id);
CREATE INDEX IF NOT EXISTS documents_by_app ON documents (organisation, kind, made_by_app, updated_ms, id);
CREATE INDEX IF NOT EXISTS documents_by_reference ON documents (organisation, kind, reference);
CREATE INDEX IF NOT EXISTS documents_newest_first ON documents (organisation, dated, created_ms, id, type, status, number, reference, contact);

CREATE TABLE IF NOT EXISTS payments (
  id TEXT PRIMARY KEY, organisation TEXT NOT NULL, document TEXT NOT NULL, status TEXT NOT NULL COLLATE NOCASE, type TEXT NOT NULL COLLATE NOCASE, dated TEXT NOT NULL,
  amount INTEGER NOT NULL, reference TEXT NOT NULL COLLATE NOCASE, updated_ms INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS payments_by_document ON payments (document);
CREATE INDEX IF NOT EXISTS payments_by_batch ON payments (json_extract(body, '$.batch_id'));
CREATE TABLE IF NOT EXISTS batch_payments (
  id TEXT PRIMARY KEY, organisation TEXT NOT NULL, status TEXT NOT NULL COLLATE NOCASE, type TEXT NOT NULL COLLATE NOCASE, dated TEXT NOT NULL,
  amount INTEGER NOT NULL, reference TEXT NOT NULL COLLATE NOCASE, updated_ms INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS batch_payments_by_update ON batch_payments (organisation, updated_ms, id);
CREATE INDEX IF NOT EXISTS payments_by_update ON payments (organisation, updated_ms, id);
CREATE TABLE IF NOT EXISTS allocations (
  id TEXT PRIMARY KEY, organisation TEXT NOT NULL, note TEXT NOT NULL, invoice TEXT NOT NULL, amount INTEGER NOT NULL, dated TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS allocations_by_invoice ON allocations (invoice);
CREATE INDEX IF NOT EXISTS allocations_by_note ON allocations (note);
CREATE TABLE IF NOT EXISTS attachments (
  id TEXT PRIMARY KEY, organisation TEXT NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, media_type TEXT NOT NULL,
  size INTEGER NOT NULL, include_online INTEGER NOT NULL, content BLOB NOT NULL, UNIQUE (owner, name));
CREATE TABLE IF NOT EXISTS history (
  id INTEGER PRIMARY KEY, organisation TEXT NOT NULL, subject TEXT NOT NULL, at_ms INTEGER NOT NULL, changes TEXT NOT NULL, user TEXT NOT NULL, details TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS history_by_subject ON history (subject, id);
CREATE TABLE IF NOT EXISTS numbers (organisation TEXT NOT NULL, sequence TEXT NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (organisation, sequence));

CREATE TABLE IF NOT EXISTS grants (user TEXT NOT NULL, app TEXT NOT NULL, scopes TEXT NOT NULL, PRIMARY KEY (user, app));
CREATE TABLE IF NOT EXISTS connections (
  id TEXT PRIMARY KEY, user TEXT NOT NULL, app TEXT NOT NULL, organisation TEXT NOT NULL, auth_event TEXT NOT NULL,
  created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, UNIQUE (user, app, organisation));
CREATE TABLE IF NOT EXISTS codes (
  code TEXT PRIMARY KEY, user TEXT NOT NULL, app TEXT NOT NULL, redirect TEXT NOT NULL, scopes TEXT NOT NULL, auth_event TEXT NOT NULL,
  nonce TEXT NOT NULL, challenge TEXT NOT NULL, made_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS refresh_tokens (
  token TEXT PRIMARY KEY, user TEXT NOT NULL, app TEXT NOT NULL, auth_event TEXT NOT NULL, made_ms INTEGER NOT NULL, replaced_ms INTEGER);

CREATE TABLE IF NOT EXISTS answers (
  app TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL,
  made_ms INTEGER NOT NULL, PRIMARY KEY (app, key));
CREATE TABLE IF NOT EXISTS calls (
  id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, query TEXT NOT NULL, status INTEGER NOT NULL,
  bytes_in INTEGER NOT NULL, bytes_out INTEGER NOT NULL, organisation TEXT NOT NULL, idempotency_key TEXT NOT NULL, note TEXT NOT NULL, duration_ms REAL NOT NULL);
-- Bodies of the latest calls, for people to read; the calls themselves stay.
CREATE TABLE IF NOT EXISTS call_bodies (call INTEGER PRIMARY KEY, sent BLOB NOT NULL, answered BLOB NOT NULL, headers TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS events (
  id INTEGER PRIMARY KEY, sequence INTEGER, organisation TEXT NOT NULL, resource TEXT NOT NULL, url TEXT NOT NULL, category TEXT NOT NULL, type TEXT NOT NULL,
  at_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL, data TEXT, state TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS events_by_state ON events (state, due_ms);
CREATE TABLE IF NOT EXISTS deliveries (
  id INTEGER PRIMARY KEY, body BLOB NOT NULL, first_sequence INTEGER NOT NULL, last_sequence INTEGER NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL,
  first_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL, last_problem TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS deliveries_by_state ON deliveries (state, due_ms);
-- Every POST of a webhook, with what came back; delivery 0 is asking for the intent to receive.
CREATE TABLE IF NOT EXISTS attempts (
  id INTEGER PRIMARY KEY, delivery INTEGER NOT NULL, at_ms INTEGER NOT NULL, status INTEGER NOT NULL, problem TEXT NOT NULL, took_ms REAL NOT NULL, rightly INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS attempts_by_delivery ON attempts (delivery, id);

-- What the planner should expect of a well-filled organisation; an empty file tells it nothing.
ANALYZE;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('documents', 'documents_in_order', '300000 100000 80000 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1'),
  ('documents', 'documents_by_standing', '300000 100000 80000 20000 10000 30 2 1 1'),
  ('documents', 'documents_by_number', '300000 100000 80000 2'),
  ('documents', 'documents_by_company', '300000 300 200 80 40 2 1'),
  ('documents', 'documents_by_date', '300000 100000 80000 100 1'),
  ('documents', 'documents_by_amount_due', '300000 100000 80000 5 2 1'),
  ('documents', 'documents_by_total', '300000 100000 80000 2 1'),
  ('documents', 'documents_by_app', '300000 100000 80000 40000 2 1'),
  ('documents', 'documents_by_reference', '300000 100000 80000 50'),
  ('documents', 'documents_newest_first', '300000 100000 100 2 1 1 1 1 1 1'),
  ('documents', 'sqlite_autoindex_documents_1', '300000 1'),
  ('payments', 'payments_by_document', '300000 2'),
  ('payments', 'payments_by_update', '300000 100000 2 1'),
  ('payments', 'sqlite_autoindex_payments_1', '300000 1'),
  ('contacts', 'contacts_by_name', '30000 10000 1'),
  ('contacts', 'contacts_by_number', '30000 10000 5'),
  ('contacts', 'contacts_by_update', '30000 10000 2 1'),
  ('contacts', 'contacts_called', '30000 1'),
  ('contacts', 'sqlite_autoindex_contacts_1', '30000 1');
ANALYZE sqlite_schema;
