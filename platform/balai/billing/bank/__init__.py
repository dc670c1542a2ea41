"""Bank statements: read, matched with invoices, booked as a whole or not at all."""
