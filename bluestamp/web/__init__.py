"""web: the pages. One file per noun; a view reads a form, calls one verb, answers with a page or a fragment.

Owns: addresses under /<studio>/, sign-in's face, templates, the stylesheets, a little script, the frame.
Call: nothing; it is the top. `middleware` finds the studio and the actor, `refusals` says every "no".
Never knows: how a verb does it, tables of others, Xero's words (`sync` hands over what to show).
"""
