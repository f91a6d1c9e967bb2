"""Shows what `verify` found: a table for people, JUnit for build systems."""
