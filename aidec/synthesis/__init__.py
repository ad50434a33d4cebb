"""Synthesis: Lua that is made, and kept only where compiling and running it proves what is claimed of it."""
