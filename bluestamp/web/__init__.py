"""The room card of web, written by its owner."""
