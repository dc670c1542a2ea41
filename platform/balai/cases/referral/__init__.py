"""Never sent away: whoever isn't competent names who is, another region on Balai (with consent) or another body."""
