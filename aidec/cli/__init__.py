"""The command: one file for each subcommand. The only room that prints, and the only one that exits."""
