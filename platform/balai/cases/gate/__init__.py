"""What stands between a flood of reports and the inbox of a small office.

Nothing that people send is thrown away: what looks like one sender filling the inbox is taken in with a code like everything
else, and held until somebody has looked. Only senders whom the region has blocked are turned away, with its phone number.
"""
