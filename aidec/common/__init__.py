"""What several rooms need: errors and hints, files and settings, extras and native modules."""
