"""The Chalice app: registers the blueprints of chalicelib/entry and nothing else.

Lambda imports this module for the API only; every other function's handler is its blueprint's own module.
"""

from chalice.app import Chalice

from chalicelib.entry import api, atoms, decide, reconcile, settle

app = Chalice(app_name="interlock")
for blueprint in (api.bp, atoms.bp, decide.bp, reconcile.bp, settle.bp):
    app.register_blueprint(blueprint)
