"""A believable school year of a region: real schools, invented learners, the same for the same seed."""
