"""Fuzzing: run.sh does all of it."""
