"""The same thing reported twice: shown before it is sent, joined, merged, split off again; everybody is told together."""
