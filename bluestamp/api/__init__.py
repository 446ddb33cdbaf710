"""The room card of api, written by its owner."""
