"""The addresses of api.xro/2.0, one file per noun. Each endpoint is a function from a Call to a Result.

To add a document kind: its Kind in `documents`, its rules in a file beside `invoices`, its rendering, an endpoints
file here, and a line in `TABLE`.
"""
