"""Version of what plugins may rely on: `balai.api` and the hooks. Bumped by hand, described in CHANGELOG.md."""

# First number: something was removed or means something else. Second: something was added.
API_VERSION = "1.0"
