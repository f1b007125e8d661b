"""The Chalice app: registers the blueprints of chalicelib/entry and nothing else.

Lambda imports this module for the API only; every other function's handler is in a module of its own.
"""

from chalice.app import Chalice

from chalicelib.entry.blueprints import BLUEPRINTS

app = Chalice(app_name="interlock")
for blueprint in BLUEPRINTS:
    app.register_blueprint(blueprint)
