"""Listings that two sources, or one of them twice, tell of the same place: proposed by rules, decided by people.

`finding` proposes pairs, by what `facts` gathers and `weights` counts for and against; a coordinator looks at both sides
(`comparing`), merges them (`actions`) or says that they are different, and may take a merge back (`undoing`).
"""
