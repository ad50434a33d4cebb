"""What every room needs: errors, files, settings, extras, native parts."""
