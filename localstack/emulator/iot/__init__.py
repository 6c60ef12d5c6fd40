"""IoT Core's control plane: things, certificates, policies and topic rules, kept over restarts."""
