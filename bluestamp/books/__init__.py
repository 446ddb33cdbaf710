"""The room card of books, written by its owner."""
