"""The border: what the studio's words become in Xero, and everything that passes between the two.

Owns: grants, consents, connections, the mirror of contacts and their links, deliveries, batches, copies, standings,
calls to Xero and what is left of them, webhooks as received.
Others call: consents.begin, finish, choose · connections.* and health.of · push.* · standing.* · compare.* · pull.refresh ·
contacts.search, choose · duplicates.* · paying.*, crediting.* · number_checks.before_issue · webhooks.receive.
Must never know: pages, requests, sessions. Nothing below this room knows that Xero exists.
"""
