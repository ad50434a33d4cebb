"""The card of a dataset: ``README.md`` as the hub reads it."""
