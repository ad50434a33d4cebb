"""Chunks to Lua source, each function proven by compiling it again."""

NAMES = ("made", "plain")
"""What variables are called: names of the debug information or made from their use, or numbers."""
