"""Figures of this machine, with Xero's own Python SDK beside them: `make bench`, or `python -m bench --quick`.

Everything is real: PostgreSQL, `bluestamp serve`, the sandbox over HTTP. Nothing here is asserted anywhere; what the
figures mean is in docs/performance.md.
"""
