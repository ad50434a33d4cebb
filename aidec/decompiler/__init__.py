"""Chunks to Lua source, each function proven by compiling it again."""
