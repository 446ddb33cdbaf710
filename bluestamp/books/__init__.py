"""The studio's own books: companies, jobs, ledgers, expenses, invoices, payments, numbers, papers, figures.

Owns: what a document is and all that can be done to it; it is the only writer of its tables.
Others call: the verbs of each noun's file, with an actor and an instant.
Must never know: that Xero exists. What depends on it arrives as data: a filled ledger, a hold, a ledger version.
"""
