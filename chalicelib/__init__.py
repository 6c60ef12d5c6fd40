"""Everything of Gonio that ships inside a Lambda function."""
