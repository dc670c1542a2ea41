"""Customers, connections and other safe sources."""
