"""Which permissions AWS asks for when a call is made: actions, resources and condition keys, from a table."""
