"""Who works here, and what they may do.

Owns: studios, branches, users, memberships, invitations, holds, activity, API tokens, single-use sign-in links.
Others call: memberships.actor · invitations.invite, accept · permissions.require · activity.record, history, recent ·
holds.place, lift, refuse_if_held · two_factor.is_on, demanded_of, reset, refuse_connection_without · tokens.actor ·
sign_in_links.redeem · founding.found_studio; and StudioRow, the base of every row behind the border between studios.
Must never know: documents, Xero. What depends on them arrives here as a hold: a row with a sentence.
"""
