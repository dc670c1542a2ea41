"""Services that an officer builds in the console, and what a region changes about the services of its plugins."""
