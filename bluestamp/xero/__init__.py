"""A client for the Xero Accounting API that could be published alone: exact decimals, no retries, no sleeping.

Owns: nothing stored. One call is one HTTP request; it reports what happened and the caller decides.
Others call: client.Client · writes.encode_* for the bytes of a batch · oauth.OAuth · connections.Connections ·
records for what Xero says · errors for what it refuses · limits, where, signatures, webhooks, deep_links.
Must never know: Django, our documents, a database, what to do about an error. Names are Xero's own.
"""
