"""The catalog over HTTP, without HTTP: what each route answers, as functions of a `Core` and what was asked.

`routes` lists them, `serving` is the one way through them: who asks, may they, what, do it, write it down. `entry.api`
translates between that and API Gateway. Every start goes through `control.intake`.
"""
