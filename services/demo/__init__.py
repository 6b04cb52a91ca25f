"""`make demo`: the whole platform, and a school year of a region played into it through its API."""
