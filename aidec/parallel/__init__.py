"""Work in several processes: a pool for many inputs, executors for the tasks of a build."""
