"""Other directories whose listings are pulled here on a schedule, by the address of their HSDS API.

A pull goes through three steps, each of which may be cut off at any instant and goes on where it was: `reading` takes
in everything there is to read (over `remote`, which asks politely, into `taken`, which is a file), `weighing` works out
what would change here and puts down what a person should see of it, and `applying` writes it.
"""
