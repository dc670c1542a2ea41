"""Pages about personal data: the record of processing, retention, requests of people, breaches, and a citizen's own page."""
