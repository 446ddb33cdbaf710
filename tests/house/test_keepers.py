"""Nobody goes from a document to what its branch goes to: `books.keepers` knows where it is. The exceptions, each with why."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

from tests.house import sources

#: What answers for a branch, or for the branches of an organisation.
BY_BRANCH: Final = frozenset({"of_branch", "of_branches", "branch_ids", "BranchLedger"})
MAY: Final = {
    "books/keepers.py": "decides",
    "books/models.py": "names the table",
    "books/numbers.py": "sequences are of branches and of ledgers, not of documents",
    "sync/connections.py": "says which organisation a branch has, and moves it",
    "sync/consents.py": "gives the home branch its first organisation",
    "sync/copies.py": "decides, for organisations, and says that the branch goes elsewhere",
    "sync/matches.py": "asks whether the branches changed while it looked",
    "sync/order_bills.py": "an order is billed where it is, and where its branch goes",
    "web/books_page.py": "lists each organisation with its branches",
    "web/companies.py": "a company has no organisation: the home branch's rates are offered",
    "web/home.py": "first steps: does any branch go anywhere?",
    "web/integrations.py": "the page that gives branches to organisations",
    "web/settings_pages.py": "the page of a branch",
    "api/studio.py": "branches, each with its organisation",
    "demo_studio.py": "nothing is copied yet",
}


def _asks_by_branch(path: Path) -> bool:
    nodes = list(ast.walk(sources.tree(path)))
    called = [node.func for node in nodes if isinstance(node, ast.Call)]
    named = {each.attr for each in called if isinstance(each, ast.Attribute)}
    named |= {each.id for each in called if isinstance(each, ast.Name)}
    named |= {name.name for node in nodes if isinstance(node, ast.ImportFrom) for name in node.names}
    return bool(named & BY_BRANCH)


def test_where_a_document_belongs_is_asked_in_one_place() -> None:
    asking = {
        str(path.relative_to("bluestamp")) for path in sources.python("bluestamp") if _asks_by_branch(path)
    }
    assert asking == set(MAY), "ask books.keepers or sync.copies.home_of, or say why not"
