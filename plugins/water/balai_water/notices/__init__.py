"""One message per connection about whatever concerns its water, hospitals first, never the same one twice."""
