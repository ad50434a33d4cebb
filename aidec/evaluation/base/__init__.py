"""Evaluation of language models by log-probability: multiple choice, schemas, and texts to go on with."""
