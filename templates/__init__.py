"""The template packs that ship with aidec, one folder each."""
