"""CloudFormation on LocalStack: the types that it lacks, the catalogue that refuses the rest, and updates that fail when they fail."""
