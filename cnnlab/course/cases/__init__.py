"""The planned cases of each topic, one file per topic, named as in ops/."""
