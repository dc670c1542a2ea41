"""Providers that come with Balai. Each is one module that knows one provider's words and nothing of invoices."""
