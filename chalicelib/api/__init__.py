"""The catalog over HTTP, without HTTP: what each route answers, as functions of a `Core` and a `Call`.

`routes` lists them; `entry.api` translates between them and API Gateway. Every start goes through `control.intake`.
"""
