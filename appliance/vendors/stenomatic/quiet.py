"""Keeps gRPC quiet; imported before anything else here, for gRPC reads the environment when it is imported."""

import logging
import os

os.environ.setdefault("GRPC_VERBOSITY", "NONE")
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")  # children of the box are new programs, not copies of it

logging.getLogger("grpc").propagate = False
