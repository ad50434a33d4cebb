"""Datasets of bytecode and source: recipes, the stages of a build, and what was built, read back and verified."""
