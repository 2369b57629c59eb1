"""The ops of the network, one file per topic, forward beside backward."""
