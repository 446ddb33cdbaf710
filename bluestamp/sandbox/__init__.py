"""A working Xero for demos and tests: consent, organisations, accounting, limits, webhooks, faults, a bookkeeper's pages.

Others may call: `server.main(argv)` (the command line) and `server.create_app(config)` (a WSGI app for tests), nothing else.
Owns: one SQLite file per sandbox; every rule follows what Xero publishes, and `docs/sandbox.md` says which page.
Must never know: the rest of Bluestamp. It imports none of it, so that a mistake in our Xero client can't be
mirrored in the thing that tests it.
A request walks: app -> api or identity -> gate (token, tenant, scope, limits, idempotency) -> a noun's file -> store.
"""
