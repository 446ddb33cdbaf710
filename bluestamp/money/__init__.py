"""money: exact arithmetic, rounded the way Xero rounds it.

Owns: what a line, a tax and a total come to, instalments, exchange rates; reading and writing figures.
Call: `amounts` (to_cents, parse_amount, format_amount), `totals` (Line, TaxMode, totals, credit_line) and `exchange`
(convert, words, differs_too_much), which alone knows which way round a rate is meant.
Never knows: Django, the database, documents or who asks. Decimal in, Decimal out; a float is a TypeError.
Two decimal places in every currency, four in unit amounts and quantities; half up, away from zero.
"""
