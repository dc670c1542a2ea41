"""What people ask for, by topic and district: declared categories first, a transparent keyword model for free text."""

from balai.evidence.needs.topics import OTHER, TOPICS, Topic, of_declared

__all__ = ["OTHER", "TOPICS", "Topic", "of_declared"]
