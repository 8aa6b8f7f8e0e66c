"""Matching: from what somebody needs to the three to five services that fit, with reasons, and without who asks.

`seeker` is what is asked and `matching.match` the answer; `reading`, `papers` and `reach` read listings when they are
indexed; `exclusions`, `parts` and `ranking` weigh what the index knows, by the numbers in `weights`; `showing` reads the
rows of the few that are shown and `words` says why.
"""
