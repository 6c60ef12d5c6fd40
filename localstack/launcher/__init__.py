"""Starts, watches and stops the local processes that stand in for AWS, and deploys the product to them."""
