"""The stages of a build, in their order: partition, samples, plan, shards; each reads the files of the one before."""
