"""api: the REST API of a studio, for programs that hold a token.

Owns: addresses below /api/v1/<studio>/, what goes over the wire as JSON, refusals as problem+json, the OpenAPI document.
Call: `urls` (mounted in bluestamp/urls.py). One file a noun; each operation calls the verb that the page calls.
Never knows: pages, sessions, cookies. A request is a token, an address and JSON, and nothing is remembered of it.
Amounts are text with two places, unit amounts and quantities with four, days are ISO; a number near money is refused.
"""
