"""The machine around the box: the service manager, the log, the network."""
