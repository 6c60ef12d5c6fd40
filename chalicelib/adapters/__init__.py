"""The only vendor code: what fulfils the ports on AWS and MySQL."""
