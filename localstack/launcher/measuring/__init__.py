"""What has arrived, how fast, and what waits."""
