"""One-page papers: the council's page, the auditor's page."""
