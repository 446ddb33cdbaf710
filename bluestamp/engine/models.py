"""The engine has no models of its own: its one table is the cache's, made in its first migration."""
