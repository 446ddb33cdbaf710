"""Template tags: the cells that lists repeat hundreds of times, in Python because templates are slower."""
