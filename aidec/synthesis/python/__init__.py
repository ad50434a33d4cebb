"""A subset of Python, turned into Lua as a person would write it, and proven by running both."""
