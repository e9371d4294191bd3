"""Validates configuration files against a schema, both with libraries that flagman has nothing to do with.

Usage: validate.py SCHEMA FILE...; prints `good` or `bad` and the reason, a line for each file.
"""

import json
import sys
import tomllib

import jsonschema

with open(sys.argv[1], "rb") as schema:
    schema = json.load(schema)
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)

for name in sys.argv[2:]:
    with open(name, "rb") as file:
        found = jsonschema.exceptions.best_match(validator.iter_errors(tomllib.load(file)))
    print("good" if found is None else "bad: " + " ".join(found.message.split()))
