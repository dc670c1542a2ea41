"""Outages without a model of the network: an officer says where, those who lose water are told, and only changes after that."""
