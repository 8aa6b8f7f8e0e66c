"""HSDS, the standard that directories exchange listings in: its tables, documents of them, and the API that serves them.

`standard` holds the facts, `values` tells which values are valid, `render` makes a row what the standard calls it,
`nested` puts whole documents together. `parameters`, `lists` and `api` answer `/hsds/`, `openapi` describes that.
"""
