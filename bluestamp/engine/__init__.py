"""What every room stands on: the queue, the border between studios, the embedded PostgreSQL, secrets, files, mail.

Owns: no table but the cache's; the queue's tables are Procrastinate's.
Others call: tenancy.acting_in and protect · queue.task, enqueue_once, session_lock, every · identifiers.OpaqueId ·
secrets.seal and unseal · files.store, open and delete · mail.send · postgres.running (the command line only).
Must never know: what a studio does, that Xero exists, who is signed in.
"""
