"""Evaluation: what a decompiler got right, measured by compiling, comparing and running."""
