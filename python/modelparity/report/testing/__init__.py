"""Reports for the tests of what shows them."""
