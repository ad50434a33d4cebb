"""From sources to samples: functions, what is wrong with a source, and what is the same as another."""
