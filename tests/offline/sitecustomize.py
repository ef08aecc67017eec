"""Python runs this at the start of every process whose PYTHONPATH names this folder: kernels, workers, the graph."""

import no_network

no_network.install()
