"""Kinesis event source mappings: lanes that read the stream log directly and invoke the function, by AWS's rules."""
