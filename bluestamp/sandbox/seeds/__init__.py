"""What a fresh sandbox holds: a UK, an NZ, a US and an AU organisation, each with chart, tax rates, currencies, contacts.

The NZ one is Xero's demo company: `demo_company_nz.json` is distilled from traffic recorded in XeroAPI/xero-python
(tests/**/cassettes, MIT licence, copyright 2020 Xero Developer API).
"""

from bluestamp.sandbox.seeds.planting import plant

__all__ = ["plant"]
